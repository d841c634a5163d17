-- One table per kind of token. Request and client ids start as wide as they come; 20190603000100 narrows them.
CREATE TABLE hydra_oauth2_access (
  signature varchar(255) NOT NULL PRIMARY KEY,
  request_id varchar(255) NOT NULL,
  requested_at timestamp NOT NULL DEFAULT now(),
  client_id text NOT NULL,
  scope text NOT NULL,
  granted_scope text NOT NULL,
  form_data text NOT NULL,
  session_data text NOT NULL
);

CREATE TABLE hydra_oauth2_refresh (
  signature varchar(255) NOT NULL PRIMARY KEY,
  request_id varchar(255) NOT NULL,
  requested_at timestamp NOT NULL DEFAULT now(),
  client_id text NOT NULL,
  scope text NOT NULL,
  granted_scope text NOT NULL,
  form_data text NOT NULL,
  session_data text NOT NULL
);

CREATE TABLE hydra_oauth2_code (
  signature varchar(255) NOT NULL PRIMARY KEY,
  request_id varchar(255) NOT NULL,
  requested_at timestamp NOT NULL DEFAULT now(),
  client_id text NOT NULL,
  scope text NOT NULL,
  granted_scope text NOT NULL,
  form_data text NOT NULL,
  session_data text NOT NULL
);

CREATE TABLE hydra_oauth2_oidc (
  signature varchar(255) NOT NULL PRIMARY KEY,
  request_id varchar(255) NOT NULL,
  requested_at timestamp NOT NULL DEFAULT now(),
  client_id text NOT NULL,
  scope text NOT NULL,
  granted_scope text NOT NULL,
  form_data text NOT NULL,
  session_data text NOT NULL
);

CREATE TABLE hydra_oauth2_pkce (
  signature varchar(255) NOT NULL PRIMARY KEY,
  request_id varchar(255) NOT NULL,
  requested_at timestamp NOT NULL DEFAULT now(),
  client_id text NOT NULL,
  scope text NOT NULL,
  granted_scope text NOT NULL,
  form_data text NOT NULL,
  session_data text NOT NULL
);
