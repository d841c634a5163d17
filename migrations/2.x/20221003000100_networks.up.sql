-- Every row belongs to a network from here on. There is one, and its id is nobody's to guess.
CREATE TABLE networks (
  id uuid NOT NULL PRIMARY KEY,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now()
);
INSERT INTO networks (id) VALUES (gen_random_uuid());
