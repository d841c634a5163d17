SET lock_timeout = '2s';
ALTER TABLE consents ADD COLUMN scope text NOT NULL DEFAULT '';
UPDATE consents SET answer = 'none' WHERE answer IS NULL;
ALTER TABLE consents ALTER COLUMN answer SET DEFAULT 'none';
ALTER TABLE consents ALTER COLUMN answer SET NOT NULL;
CREATE INDEX consents_answer ON consents (answer);
ALTER TABLE consents ADD CONSTRAINT consents_answer_known CHECK (answer IN ('none', 'yes', 'no'));
