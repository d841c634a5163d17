CREATE TABLE hydra_oauth2_jti_blacklist (
  signature varchar(64) NOT NULL PRIMARY KEY,
  expires_at datetime NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX hydra_oauth2_jti_blacklist_expires_at_idx ON hydra_oauth2_jti_blacklist (expires_at);
