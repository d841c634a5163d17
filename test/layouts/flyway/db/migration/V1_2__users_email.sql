SET statement_timeout = 0;
CREATE INDEX CONCURRENTLY users_email ON users (email);
