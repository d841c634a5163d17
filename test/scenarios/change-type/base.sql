CREATE TABLE parts (id bigint PRIMARY KEY, amount integer NOT NULL DEFAULT 1 CONSTRAINT amount_positive CHECK (amount > 0), label varchar(255));
CREATE INDEX parts_amount ON parts (amount);
