CREATE TABLE hydra_oauth2_trusted_jwt_bearer_issuer (
  id uuid NOT NULL PRIMARY KEY,
  issuer varchar(255) NOT NULL,
  subject varchar(255) NOT NULL,
  scope text NOT NULL,
  key_set varchar(255) NOT NULL,
  key_id varchar(255) NOT NULL,
  created_at timestamp NOT NULL DEFAULT now(),
  expires_at timestamp NOT NULL DEFAULT now(),
  allow_any_subject boolean NOT NULL DEFAULT false,
  UNIQUE (issuer, subject, key_id),
  FOREIGN KEY (key_set, key_id) REFERENCES hydra_jwk (sid, kid) ON DELETE CASCADE
);
CREATE INDEX hydra_oauth2_trusted_jwt_bearer_issuer_expires_at_idx
  ON hydra_oauth2_trusted_jwt_bearer_issuer (expires_at);
