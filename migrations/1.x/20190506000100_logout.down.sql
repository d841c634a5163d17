ALTER TABLE hydra_client
  DROP COLUMN post_logout_redirect_uris,
  DROP COLUMN backchannel_logout_session_required,
  DROP COLUMN backchannel_logout_uri,
  DROP COLUMN frontchannel_logout_session_required,
  DROP COLUMN frontchannel_logout_uri;

DROP TABLE hydra_oauth2_logout_request;
