-- An assertion that has expired cannot be replayed.
DELETE FROM hydra_oauth2_jti_blacklist WHERE expires_at < timestamp '2020-01-01 00:00:00';
