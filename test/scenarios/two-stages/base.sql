CREATE TABLE accounts (id bigint PRIMARY KEY, balance integer NOT NULL, nickname text);
