ALTER TABLE hydra_oauth2_jti_blacklist
  ADD COLUMN client_id varchar(255) REFERENCES hydra_client (id) ON DELETE CASCADE;
ALTER TABLE hydra_jwk ADD COLUMN thumbprint varchar(64) UNIQUE;
COMMENT ON COLUMN hydra_jwk.thumbprint IS 'RFC 7638, base64url; NULL until the key is next written.';
