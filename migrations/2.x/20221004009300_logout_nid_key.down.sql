ALTER TABLE hydra_oauth2_logout_request DROP CONSTRAINT hydra_oauth2_logout_request_nid_fk;
ALTER TABLE hydra_oauth2_logout_request ALTER COLUMN nid DROP NOT NULL;
