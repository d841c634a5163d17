CREATE TABLE customers (id bigint PRIMARY KEY, "fullName" text NOT NULL, mail varchar(120), city text DEFAULT 'Bern');
CREATE INDEX customers_mail ON customers (lower(mail));
