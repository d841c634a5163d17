DROP INDEX hydra_jwk_idx_id_uq;
ALTER TABLE hydra_jwk DROP CONSTRAINT hydra_jwk_pkey;
ALTER TABLE hydra_jwk DROP COLUMN pk;
ALTER TABLE hydra_jwk ADD CONSTRAINT hydra_jwk_pkey PRIMARY KEY (sid, kid);
