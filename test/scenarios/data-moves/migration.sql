DELETE FROM requests WHERE NOT EXISTS (SELECT 1 FROM clients AS c WHERE c.id = requests.client);
ALTER TABLE requests ADD CONSTRAINT request_of_client FOREIGN KEY (client) REFERENCES clients (id);
CREATE INDEX requests_client ON requests (client);
UPDATE tokens AS t SET client = r.client FROM requests AS r WHERE r.challenge = t.challenge AND r.client <> t.client;
CREATE TABLE flow (
  challenge varchar(40) PRIMARY KEY,
  subject text,
  state integer NOT NULL,
  remember boolean
);
-- lockstep: allow copy-of-rows quiet because release 2 answers no login until the copy is done
INSERT INTO flow
  SELECT r.challenge, r.subject, CASE WHEN h.error IS NOT NULL THEN 3 WHEN h.challenge IS NOT NULL THEN 2 ELSE 1 END, h.remember
    FROM requests AS r LEFT JOIN handled AS h ON h.challenge = r.challenge;
CREATE INDEX flow_subject ON flow (subject);
DELETE FROM handled;
