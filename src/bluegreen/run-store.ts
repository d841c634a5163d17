/**
 * What both databases know of a run. The state of a side is changed in the transaction that makes it true, so that after a
 * crash at any instant the two together say how far the run is.
 */
import type { Session } from '../database/session.ts'
import type { RunState } from '../model/bluegreen-run.ts'
import type { Side } from '../model/bluegreen.ts'
import { quoteLiteral } from '../postgres/identifier.ts'
import { ourSchema } from './names.ts'
import type { Pair } from './pair.ts'

export interface SideRun {
  readonly name: string
  readonly state: RunState
  readonly detail: RunDetail
}

export interface RunDetail {
  /** The schema that the copy goes into is there. */
  readonly schemaDone?: boolean
  /** Digest of what `attach` has made functions of. */
  readonly attached?: string
  readonly verified?: { readonly at: string; readonly clean: boolean }
  /** LSN of green at the cut-over, and of blue at the rollback: what is later goes back. */
  readonly from?: string
  readonly flipped?: boolean
  /** Of blue: traces are being removed, and green has none left, perhaps. */
  readonly finishing?: boolean
  /** Green's tables that stand aside, and the schema that each came from. */
  readonly aside?: readonly { readonly schema: string; readonly name: string }[]
  /** REPLICA IDENTITY that a table of green had before. */
  readonly identities?: readonly { readonly table: string; readonly was: string }[]
}

const storeSql = `CREATE SCHEMA IF NOT EXISTS ${ourSchema};
CREATE TABLE IF NOT EXISTS ${ourSchema}.run (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), name text NOT NULL,
  state text NOT NULL, detail jsonb NOT NULL DEFAULT '{}', changed_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE IF NOT EXISTS ${ourSchema}.journal (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(), note text NOT NULL);
CREATE TABLE IF NOT EXISTS ${ourSchema}.marker (id int PRIMARY KEY, v bigint NOT NULL);
CREATE TABLE IF NOT EXISTS ${ourSchema}.event_marker (id int PRIMARY KEY, v bigint NOT NULL);
CREATE TABLE IF NOT EXISTS ${ourSchema}.event (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), event text NOT NULL, key jsonb NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE IF NOT EXISTS ${ourSchema}.back_change (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, target int NOT NULL,
  key jsonb NOT NULL, "row" jsonb);
INSERT INTO ${ourSchema}.marker VALUES (1, 0) ON CONFLICT DO NOTHING;
INSERT INTO ${ourSchema}.event_marker VALUES (1, 0) ON CONFLICT DO NOTHING;`

const greenSql = `CREATE TABLE IF NOT EXISTS ${ourSchema}.tombstone (event text NOT NULL, key jsonb NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (event, key));
CREATE TABLE IF NOT EXISTS ${ourSchema}.parked (target text NOT NULL, key jsonb NOT NULL, error text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (target, key));
CREATE TABLE IF NOT EXISTS ${ourSchema}.migration (version text PRIMARY KEY, path text NOT NULL, state text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp());`

/** Our schema with its tables, and the run in it; what is there already stays. */
export async function createStore(session: Session, side: Side, name: string): Promise<void> {
  await session.execute(`${storeSql}${side === 'green' ? greenSql : ''}
    INSERT INTO ${ourSchema}.run (name, state) VALUES (${quoteLiteral(name)}, 'starting') ON CONFLICT DO NOTHING;`)
}

export async function readSide(session: Session): Promise<SideRun | null> {
  const [there] = await session.query<{ there: boolean }>(
    `SELECT to_regclass('${ourSchema}.run') IS NOT NULL AS there`,
  )
  if (there?.there !== true) return null
  const [row] = await session.query<SideRun>(`SELECT name, state, detail FROM ${ourSchema}.run`)
  return row ?? null
}

/** Both sides, and what they say together. */
export interface SeenRun {
  readonly blue: SideRun | null
  readonly green: SideRun | null
  readonly state: RunState | null
}

export async function readRun(pair: Pick<Pair, 'blue' | 'green'>): Promise<SeenRun> {
  const [blue, green] = [await readSide(pair.blue), await readSide(pair.green)]
  return { blue, green, state: stateOf(blue, green) }
}

function stateOf(blue: SideRun | null, green: SideRun | null): RunState | null {
  if (green?.state === 'rolled-back' || blue?.state === 'rolled-back') return 'rolled-back'
  if (blue?.state === 'cut-over') return 'cut-over'
  if (blue === null) return green === null ? null : 'starting'
  return green?.state ?? 'starting'
}

/** SQL, for transactions that make it true. */
export function stateSql(state: RunState): string {
  return `UPDATE ${ourSchema}.run SET state = '${state}', changed_at = clock_timestamp();
INSERT INTO ${ourSchema}.journal (note) VALUES ('${state}');`
}

export function detailSql(detail: RunDetail): string {
  return `UPDATE ${ourSchema}.run SET detail = detail || ${quoteLiteral(JSON.stringify(detail))}::jsonb;`
}

export async function setState(session: Session, state: RunState, detail: RunDetail = {}): Promise<void> {
  await session.execute(`BEGIN; ${stateSql(state)} ${detailSql(detail)} COMMIT`)
}

export async function addDetail(session: Session, detail: RunDetail): Promise<void> {
  await session.execute(detailSql(detail))
}
