ALTER TABLE hydra_oauth2_jti_blacklist
  DROP CONSTRAINT hydra_oauth2_jti_blacklist_pkey,
  ADD PRIMARY KEY (signature, nid);
