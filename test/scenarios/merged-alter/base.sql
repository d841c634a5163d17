CREATE SCHEMA shop;
CREATE TABLE shop."Orders" (id bigint PRIMARY KEY, state text NOT NULL DEFAULT 'open', "oldNote" text);
