ALTER TABLE hydra_client DROP COLUMN access_token_strategy;
DROP TYPE hydra_token_strategy;
