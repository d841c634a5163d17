CREATE TABLE asked (challenge text PRIMARY KEY, subject text NOT NULL);
CREATE VIEW logins AS SELECT challenge, subject FROM asked;
CREATE VIEW subjects AS SELECT challenge, subject FROM asked;
INSERT INTO asked SELECT 'c' || n, 's' || n FROM generate_series(1, 20) AS n;
