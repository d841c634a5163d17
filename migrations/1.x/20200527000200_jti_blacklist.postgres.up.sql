CREATE TABLE hydra_oauth2_jti_blacklist (
  signature varchar(64) NOT NULL PRIMARY KEY,
  expires_at timestamp NOT NULL DEFAULT now()
);
CREATE INDEX hydra_oauth2_jti_blacklist_expires_at_idx ON hydra_oauth2_jti_blacklist (expires_at);
COMMENT ON TABLE hydra_oauth2_jti_blacklist IS 'Assertions seen before: a row here keeps one from being replayed.';
