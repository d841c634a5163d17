CREATE TABLE hydra_oauth2_authentication_session (
  id varchar(40) NOT NULL PRIMARY KEY,
  authenticated_at timestamp NOT NULL DEFAULT now(),
  subject varchar(255) NOT NULL
);

CREATE TABLE hydra_oauth2_obfuscated_authentication_session (
  subject varchar(255) NOT NULL,
  client_id varchar(255) NOT NULL,
  subject_obfuscated varchar(255) NOT NULL,
  PRIMARY KEY (subject, client_id)
);
