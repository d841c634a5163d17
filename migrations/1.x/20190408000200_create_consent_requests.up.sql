CREATE TABLE hydra_oauth2_consent_request (
  challenge varchar(40) NOT NULL PRIMARY KEY,
  requested_scope text NOT NULL,
  verifier varchar(40) NOT NULL,
  csrf varchar(40) NOT NULL,
  subject varchar(255) NOT NULL,
  request_url text NOT NULL,
  skip boolean NOT NULL,
  client_id varchar(255) NOT NULL,
  requested_at timestamp NOT NULL DEFAULT now(),
  authenticated_at timestamp,
  oidc_context text NOT NULL
);

CREATE TABLE hydra_oauth2_consent_request_handled (
  challenge varchar(40) NOT NULL PRIMARY KEY,
  granted_scope text NOT NULL,
  remember boolean NOT NULL,
  remember_for integer NOT NULL,
  error text NOT NULL,
  requested_at timestamp NOT NULL DEFAULT now(),
  session_access_token text NOT NULL,
  session_id_token text NOT NULL,
  authenticated_at timestamp,
  was_used boolean NOT NULL
);
