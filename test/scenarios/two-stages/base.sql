CREATE TABLE accounts (id bigint PRIMARY KEY, balance integer NOT NULL, nickname text);
INSERT INTO accounts SELECT n, n, 'n' || n FROM generate_series(1, 20) AS n;
