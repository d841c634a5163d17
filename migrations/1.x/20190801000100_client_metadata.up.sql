ALTER TABLE hydra_client ADD COLUMN metadata text;
ALTER TABLE hydra_client ALTER COLUMN metadata SET DEFAULT '{}';
UPDATE hydra_client SET metadata = '{}';
ALTER TABLE hydra_client ALTER COLUMN metadata SET NOT NULL;
