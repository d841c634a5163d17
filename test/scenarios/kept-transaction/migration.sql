-- Two names change at once or not at all.
BEGIN;
SET LOCAL lock_timeout = '1s';
ALTER INDEX accounts_email RENAME TO accounts_email_old;
CREATE TABLE emails (account_id bigint NOT NULL, email text NOT NULL);
CREATE INDEX accounts_email ON emails (email);
COMMIT;
