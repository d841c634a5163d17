-- lockstep: allow copy-of-rows because the new application looks at hydra_oauth2_refresh for what was revoked before it came
INSERT INTO hydra_oauth2_revocation (request_id, signature, revoked_at)
SELECT request_id, signature, requested_at FROM hydra_oauth2_refresh WHERE NOT active;
