DELETE FROM hydra_oauth2_revocation;
