ALTER TYPE hydra_token_strategy ADD VALUE 'phantom';
