-- atlas:checkpoint

-- Create "users" table
CREATE TABLE users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text
);
