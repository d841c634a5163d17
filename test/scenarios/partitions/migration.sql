-- A new partition, and a column on all of them.
CREATE TABLE events_2027 (LIKE events INCLUDING ALL);
ALTER TABLE events ADD COLUMN source text;
ALTER TABLE events_2027 ADD COLUMN source text;
ALTER TABLE events ATTACH PARTITION events_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
