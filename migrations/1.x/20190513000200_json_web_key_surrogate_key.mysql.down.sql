ALTER TABLE hydra_jwk DROP COLUMN pk;
DROP INDEX hydra_jwk_idx_id_uq ON hydra_jwk;
ALTER TABLE hydra_jwk ADD PRIMARY KEY (sid, kid);
