CREATE TABLE hydra_oauth2_revocation (
  request_id varchar(40) NOT NULL,
  signature varchar(255) PRIMARY KEY,
  revoked_at timestamp NOT NULL
);
