CREATE TABLE clients (id varchar(40) PRIMARY KEY, name text);
CREATE TABLE requests (challenge varchar(40) PRIMARY KEY, client varchar(40), subject text, "wasUsed" boolean NOT NULL DEFAULT false);
CREATE TABLE handled (challenge varchar(40) PRIMARY KEY REFERENCES requests ON DELETE CASCADE, error text, remember boolean);
CREATE TABLE tokens (signature varchar(40) PRIMARY KEY, challenge varchar(40) REFERENCES requests ON DELETE SET NULL, client varchar(40));
CREATE INDEX tokens_challenge ON tokens (challenge);
INSERT INTO clients SELECT 'client ' || n, 'Client' FROM generate_series(1, 20) AS n;
INSERT INTO requests SELECT 'c' || n, 'client ' || n % 25, 's' || n, n % 3 = 0 FROM generate_series(1, 300) AS n;
INSERT INTO handled SELECT 'c' || n, CASE n % 7 WHEN 0 THEN 'no' END, n % 2 = 0 FROM generate_series(1, 200) AS n;
INSERT INTO tokens SELECT 't' || n, 'c' || n, 'client ' || n % 25 FROM generate_series(1, 300) AS n;
