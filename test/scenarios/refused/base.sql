CREATE TABLE accounts (id integer PRIMARY KEY, email text NOT NULL);
CREATE TABLE archive (id integer PRIMARY KEY, email text NOT NULL);
