CREATE TYPE hydra_token_strategy AS ENUM ('opaque', 'jwt');
ALTER TABLE hydra_client ADD COLUMN access_token_strategy hydra_token_strategy NOT NULL DEFAULT 'opaque';
