CREATE TABLE networks (
  id uuid PRIMARY KEY,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now()
);
INSERT INTO networks (id) VALUES (gen_random_uuid());
