/**
 * The journal: what lockstep keeps in the target database, in schema `lockstep`. A plan that has begun is read from
 * here and from nowhere else. No table in it has a foreign key to one of the user's, and nothing here is ever dropped
 * with CASCADE.
 */

/** Grows when a table below changes. A journal of a newer format is not touched by an older lockstep. */
export const journalFormat = 4

/** Each statement may be run again. Run as one message, so all of it is there or nothing. */
export const journalSchemaSql = `
CREATE SCHEMA IF NOT EXISTS lockstep;

-- One row: which build of the journal this is.
CREATE TABLE IF NOT EXISTS lockstep.format (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  version integer NOT NULL
);
INSERT INTO lockstep.format (version) VALUES (${journalFormat}) ON CONFLICT DO NOTHING;

-- Every plan that was ever begun here. "plan" is its whole text: json and not jsonb, to keep it as it was given.
CREATE TABLE IF NOT EXISTS lockstep.plan (
  id text PRIMARY KEY,
  digest text NOT NULL,
  plan json NOT NULL,
  status text NOT NULL CHECK (status IN ('open', 'done', 'rolled-back', 'superseded')),
  started_by text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz,
  -- The step with "never" at which a rollback had to stop.
  rollback_stopped_at text
);
-- No second plan while one is open.
CREATE UNIQUE INDEX IF NOT EXISTS plan_open ON lockstep.plan ((true)) WHERE status = 'open';

-- A phase that has begun, and whether its end has been verified.
CREATE TABLE IF NOT EXISTS lockstep.phase (
  plan text NOT NULL REFERENCES lockstep.plan ON DELETE CASCADE,
  stage integer NOT NULL,
  phase text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz,
  PRIMARY KEY (plan, stage, phase)
);

-- The answers of the invariants as a phase began: what they must answer again when it ends.
CREATE TABLE IF NOT EXISTS lockstep.invariant (
  plan text NOT NULL,
  stage integer NOT NULL,
  phase text NOT NULL,
  name text NOT NULL,
  answer text NOT NULL,
  PRIMARY KEY (plan, stage, phase, name),
  FOREIGN KEY (plan, stage, phase) REFERENCES lockstep.phase ON DELETE CASCADE
);

-- A step that was tried. "running" is written before it and says nothing about how far it came; "stopped" is a failure,
-- a lock that was not to be had, or an interrupt. Steps that were never tried have no row.
CREATE TABLE IF NOT EXISTS lockstep.step (
  plan text NOT NULL REFERENCES lockstep.plan ON DELETE CASCADE,
  step text NOT NULL,
  stage integer NOT NULL,
  phase text NOT NULL,
  state text NOT NULL CHECK (state IN ('running', 'applied', 'stopped', 'undone')),
  attempt integer NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz,
  rows bigint,
  lock_wait_ms double precision,
  -- Where its time went that was not its work: milliseconds by kind.
  waits jsonb,
  outcome jsonb,
  -- Who passed a gate.
  confirmed_by text,
  PRIMARY KEY (plan, step)
);

-- How far an update in batches has come. It moves in the transaction of the batch, so it is never ahead or behind.
CREATE TABLE IF NOT EXISTS lockstep.checkpoint (
  plan text NOT NULL,
  step text NOT NULL,
  -- By key: last key done (null: none yet) and last key to do, each column as text.
  key_done text[],
  key_bound text[],
  -- By ctid: first page not done, first page not to do, and the file that these pages are of.
  page bigint,
  page_bound bigint,
  relfilenode oid,
  batches bigint NOT NULL DEFAULT 0,
  batch_size integer NOT NULL,
  -- Rows changed, by the command tags of the batches; and rows or pages seen, for the progress.
  rows bigint NOT NULL DEFAULT 0,
  seen bigint NOT NULL DEFAULT 0,
  total bigint,
  PRIMARY KEY (plan, step),
  FOREIGN KEY (plan, step) REFERENCES lockstep.step ON DELETE CASCADE
);

-- Values found in the data, as text with their type; NULL where there was none. A row is written once and never changed.
CREATE TABLE IF NOT EXISTS lockstep.capture (
  plan text NOT NULL,
  step text NOT NULL,
  type text NOT NULL,
  value text,
  captured_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (plan, step),
  FOREIGN KEY (plan, step) REFERENCES lockstep.step ON DELETE CASCADE
);

-- What was asked for here, by whom and from where. Its rows are never changed, and stay when their plan is forgotten.
CREATE TABLE IF NOT EXISTS lockstep.audit (
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  action text NOT NULL,
  plan text,
  digest text,
  session_role text NOT NULL,
  current_role_name text NOT NULL,
  address inet,
  owner text NOT NULL,
  detail jsonb NOT NULL
);

-- Who runs a plan now, for others to read. The lock itself is an advisory lock of its control connection: it ends with
-- the connection, and this row may outlive it.
CREATE TABLE IF NOT EXISTS lockstep.lease (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  plan text NOT NULL,
  owner text NOT NULL,
  host text NOT NULL,
  pid integer NOT NULL,
  backend integer NOT NULL,
  taken_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  heartbeat timestamptz NOT NULL DEFAULT clock_timestamp()
);
`

/** A journal of an older format gets the tables that it lacks by the above, what they lack by this, and says so. */
export const journalGrownSql = `ALTER TABLE lockstep.capture ALTER COLUMN value DROP NOT NULL;
ALTER TABLE lockstep.step ADD COLUMN IF NOT EXISTS waits jsonb;
UPDATE lockstep.format SET version = ${journalFormat} WHERE version < ${journalFormat}`
