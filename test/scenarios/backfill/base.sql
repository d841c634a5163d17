CREATE TABLE consents (id bigint PRIMARY KEY, answer text, remembered boolean);
INSERT INTO consents SELECT n, CASE n % 3 WHEN 0 THEN 'yes' WHEN 1 THEN 'no' END, n % 2 = 0 FROM generate_series(1, 300) AS n;
