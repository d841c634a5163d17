CREATE TABLE events (at date NOT NULL, id bigint NOT NULL, kind text) PARTITION BY RANGE (at);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO events SELECT date '2025-01-01' + n, n, 'x' FROM generate_series(1, 100) AS n;
