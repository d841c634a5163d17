CREATE TABLE hydra_jwk (
  sid varchar(255) NOT NULL,
  kid varchar(255) NOT NULL,
  version integer NOT NULL DEFAULT 0,
  keydata text NOT NULL,
  created_at timestamp NOT NULL DEFAULT now(),
  PRIMARY KEY (sid, kid)
);
