ALTER TABLE customers RENAME COLUMN "fullName" TO full_name;
ALTER TABLE customers RENAME COLUMN mail TO email;
ALTER TABLE customers RENAME COLUMN city TO town;
CREATE INDEX customers_full_name ON customers (full_name);
