/** What lies about in a database: asked of the catalog alone, in an instant, with the control session's empty path. */
import type { Session } from '../database/session.ts'
import type { DebrisKind } from '../model/debris.ts'

/** Names are spelled by PostgreSQL, quoted where they must be, always with their schema. */
export interface FoundDebris {
  readonly kind: DebrisKind
  /** The index, constraint, partition, trigger or function alone, as it is written in SQL. */
  readonly name: string
  /** The table that it is on or was a partition of; null: none. */
  readonly table: string | null
  /** What is peculiar about it: see each query. */
  readonly detail: string | null
}

const userSchema = `n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'lockstep', 'lockstep_trash')`

/** detail: `partitioned` waits for an index of each partition; `constraint` backs one; `attached` belongs to a partitioned one. */
const invalidIndexes = `
SELECT 'invalid-index' AS kind, format('%I.%I', n.nspname, c.relname) AS name, i.indrelid::regclass::text AS "table",
       CASE WHEN c.relkind = 'I' THEN 'partitioned'
            WHEN EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.conrelid = i.indrelid) THEN 'constraint'
            WHEN EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = c.oid) THEN 'attached' END AS detail
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE NOT (i.indisvalid AND i.indisready) AND ${userSchema}
   -- Somebody is at it just now.
   AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p
                    WHERE p.datname = current_database() AND p.relid = i.indrelid)
   AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.relation = c.oid AND l.granted
                      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                      AND l.mode IN ('ShareUpdateExclusiveLock', 'AccessExclusiveLock'))`

/** A domain's is left to its owner: to validate it stops the writers of every table that uses it. */
const notValidConstraints = `
SELECT 'not-valid-constraint', format('%I', k.conname), k.conrelid::regclass::text, NULL
  FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
 WHERE NOT k.convalidated AND k.conrelid <> 0 AND k.conparentid = 0 AND ${userSchema}
   -- Before 18 there is no constraint that is not enforced.
   AND coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true)`

const pendingDetaches = `
SELECT 'pending-detach', h.inhrelid::regclass::text, h.inhparent::regclass::text, NULL
  FROM pg_inherits h WHERE h.inhdetachpending`

/** detail: the function that it calls. */
const syncTriggers = `
SELECT 'sync-trigger', format('%I', t.tgname), t.tgrelid::regclass::text, t.tgfoid::regprocedure::text
  FROM pg_trigger t WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND starts_with(t.tgname, '~lockstep_')`

const syncFunctions = `
SELECT 'sync-function', p.oid::regprocedure::text, NULL, NULL
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname = 'lockstep' AND p.prorettype = 'trigger'::regtype
   AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgfoid = p.oid)`

/** detail: whose it is. */
const otherTools = `
SELECT 'other-tool', format('trigger %I', t.tgname), t.tgrelid::regclass::text,
       CASE WHEN t.tgname = 'repack_trigger' THEN 'pg_repack' ELSE 'pgroll' END
  FROM pg_trigger t WHERE NOT t.tgisinternal AND (t.tgname = 'repack_trigger' OR starts_with(t.tgname, '_pgroll_'))
UNION ALL
SELECT 'other-tool', format('column %I', a.attname), a.attrelid::regclass::text, 'pgroll'
  FROM pg_attribute a WHERE NOT a.attisdropped AND a.attnum > 0 AND starts_with(a.attname, '_pgroll_')`

export async function findDebris(control: Session): Promise<readonly FoundDebris[]> {
  const queries = [
    invalidIndexes,
    notValidConstraints,
    pendingDetaches,
    syncTriggers,
    syncFunctions,
    otherTools,
  ]
  return control.query<FoundDebris>(`${queries.join('\nUNION ALL')}\nORDER BY kind, "table", name`)
}
