CREATE TABLE consents (id bigint PRIMARY KEY, answer text, remembered boolean);
