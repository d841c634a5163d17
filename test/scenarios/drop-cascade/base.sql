CREATE TABLE clients (id text PRIMARY KEY, number bigint, name text);
CREATE UNIQUE INDEX clients_number ON clients (number);
CREATE TABLE tokens (id bigint PRIMARY KEY, client bigint CONSTRAINT tokens_client_fkey REFERENCES clients (number) ON UPDATE RESTRICT ON DELETE CASCADE);
CREATE TABLE codes (id bigint PRIMARY KEY, client bigint CONSTRAINT codes_client_fkey REFERENCES clients (number), owner text CONSTRAINT codes_owner_fkey REFERENCES clients);
CREATE TABLE notes (id bigint PRIMARY KEY, code bigint CONSTRAINT notes_code_fkey REFERENCES codes);
