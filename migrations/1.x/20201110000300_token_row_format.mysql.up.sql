ALTER TABLE hydra_oauth2_access ROW_FORMAT = DYNAMIC;
ALTER TABLE hydra_oauth2_refresh ROW_FORMAT = DYNAMIC;
