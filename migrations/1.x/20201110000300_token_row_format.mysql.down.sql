ALTER TABLE hydra_oauth2_refresh ROW_FORMAT = COMPACT;
ALTER TABLE hydra_oauth2_access ROW_FORMAT = COMPACT;
