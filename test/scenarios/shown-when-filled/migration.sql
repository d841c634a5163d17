-- Both views go over to the new table, and must not do so while it is empty.
CREATE TABLE flow (challenge text PRIMARY KEY, subject text NOT NULL);
-- lockstep: allow copy-of-rows quiet because nobody logs in until the release is out
INSERT INTO flow SELECT challenge, subject FROM asked;
CREATE OR REPLACE VIEW logins AS SELECT challenge, subject FROM flow;
DROP VIEW subjects;
CREATE VIEW subjects AS SELECT challenge, subject, upper(subject) AS shouted FROM flow;
