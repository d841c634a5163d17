-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RETURN new;
END;
$$;
-- +goose StatementEnd
