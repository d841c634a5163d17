CREATE TABLE hydra_oauth2_logout_request (
  challenge varchar(36) NOT NULL PRIMARY KEY,
  verifier varchar(36) NOT NULL,
  subject varchar(255) NOT NULL,
  sid varchar(36) NOT NULL,
  client_id varchar(255),
  request_url text NOT NULL,
  redir_url text NOT NULL,
  was_used boolean NOT NULL DEFAULT false,
  accepted boolean NOT NULL DEFAULT false,
  rejected boolean NOT NULL DEFAULT false,
  rp_initiated boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX hydra_oauth2_logout_request_verifier_uq ON hydra_oauth2_logout_request (verifier);

ALTER TABLE hydra_client
  ADD COLUMN frontchannel_logout_uri text NOT NULL DEFAULT '',
  ADD COLUMN frontchannel_logout_session_required boolean NOT NULL DEFAULT false,
  ADD COLUMN backchannel_logout_uri text NOT NULL DEFAULT '',
  ADD COLUMN backchannel_logout_session_required boolean NOT NULL DEFAULT false,
  ADD COLUMN post_logout_redirect_uris text NOT NULL DEFAULT '';
