DELETE FROM hydra_oauth2_jti_blacklist WHERE expires_at < '2022-10-01';
