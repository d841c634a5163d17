-- The name is taken again, so the second half needs a deploy of its own in between.
ALTER TABLE accounts DROP COLUMN balance;
ALTER TABLE accounts ADD COLUMN balance numeric;
ALTER TABLE accounts DROP COLUMN nickname;
COMMENT ON COLUMN accounts.balance IS 'In euros.';
