CREATE TABLE accounts (id bigint PRIMARY KEY, "Plan" text, region text, note text);
