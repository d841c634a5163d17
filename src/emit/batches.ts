/**
 * A change of rows in batches, as one DO block that commits after each: it runs outside of a transaction. What it has
 * done stands in `lockstep.batches`, committed with the batch, so that it goes on there when it is run again.
 */
import type { StepOf } from '../model/plan.ts'
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts'
import { block, textOf } from './dynamic-sql.ts'

const rowsAtOnce = 1000
const pagesAtOnce = 16

export function batchBlock(step: StepOf<'in-batches'>, plan: string): string {
  return step.key.length > 0 ? byKey(step, plan) : byPage(step, plan)
}

function byKey(step: StepOf<'in-batches'>, plan: string): string {
  const { table, key } = step
  const columns = key.map(({ column }) => quoteIdentifier(column))
  const list = columns.join(', ')
  const backwards = columns.map((column) => `${column} DESC`).join(', ')
  const texts = `ARRAY[${columns.map((column) => `${column}::text`).join(', ')}]`
  const values = (variable: string): string =>
    key.map(({ type }, at) => `${variable}[${at + 1}]::${type}`).join(', ')
  const rows = Math.min(rowsAtOnce, step.batchRowsMax)
  const cut = (after: string): string => `WITH batch AS MATERIALIZED (
  SELECT ${list} FROM ${table} WHERE (${list}) <= (${values('lockstep_bound')})${after} ORDER BY ${list} LIMIT ${rows})
SELECT (SELECT count(*) FROM batch), (SELECT ${texts} FROM batch ORDER BY ${list} LIMIT 1),
       (SELECT ${texts} FROM batch ORDER BY ${backwards} LIMIT 1)
  INTO lockstep_count, lockstep_first, lockstep_last;`
  return block(
    [
      'lockstep_done text[];',
      'lockstep_bound text[];',
      'lockstep_first text[];',
      'lockstep_last text[];',
      'lockstep_count bigint;',
    ],
    [
      // Rows that come later are the application's business.
      `INSERT INTO lockstep.batches (plan, step, key_bound)
SELECT ${quoteLiteral(plan)}, ${quoteLiteral(step.id)}, (SELECT ${texts} FROM ${table} ORDER BY ${backwards} LIMIT 1)
ON CONFLICT DO NOTHING;`,
      'COMMIT;',
      'LOOP',
      `  PERFORM pg_catalog.set_config('lock_timeout', '${step.lockTimeoutMs}ms', true);`,
      `  SELECT key_done, key_bound INTO lockstep_done, lockstep_bound FROM lockstep.batches WHERE ${here(step, plan)};`,
      '  EXIT WHEN lockstep_bound IS NULL OR lockstep_done = lockstep_bound;',
      '  IF lockstep_done IS NULL THEN',
      `    ${cut('')}`,
      '  ELSE',
      `    ${cut(` AND (${list}) > (${values('lockstep_done')})`)}`,
      '  END IF;',
      '  IF lockstep_last IS NOT NULL THEN',
      `    EXECUTE ${textOf(step.sql, plan)}`,
      `      USING ${values('lockstep_first')}, ${values('lockstep_last')};`,
      '  END IF;',
      `  UPDATE lockstep.batches SET key_done = CASE WHEN lockstep_count < ${rows} THEN lockstep_bound ELSE lockstep_last END WHERE ${here(step, plan)};`,
      '  COMMIT;',
      'END LOOP;',
    ],
  )
}

function byPage(step: StepOf<'in-batches'>, plan: string): string {
  const { table } = step
  const relation = `pg_catalog.to_regclass(${quoteLiteral(table)})`
  const pages = `pg_catalog.pg_relation_size(${relation}) / pg_catalog.current_setting('block_size')::bigint`
  return block(
    ['lockstep_page bigint;', 'lockstep_bound bigint;', 'lockstep_file oid;'],
    [
      `INSERT INTO lockstep.batches (plan, step, page, page_bound, relfilenode)
VALUES (${quoteLiteral(plan)}, ${quoteLiteral(step.id)}, 0, ${pages}, pg_catalog.pg_relation_filenode(${relation}))
ON CONFLICT DO NOTHING;`,
      'COMMIT;',
      'LOOP',
      `  PERFORM pg_catalog.set_config('lock_timeout', '${step.lockTimeoutMs}ms', true);`,
      `  SELECT page, page_bound, relfilenode INTO lockstep_page, lockstep_bound, lockstep_file FROM lockstep.batches WHERE ${here(step, plan)};`,
      // Another file has other pages: rows are anywhere now.
      `  IF lockstep_file IS DISTINCT FROM pg_catalog.pg_relation_filenode(${relation}) THEN`,
      `    lockstep_page := 0; lockstep_bound := ${pages}; lockstep_file := pg_catalog.pg_relation_filenode(${relation});`,
      '  END IF;',
      '  EXIT WHEN lockstep_page >= lockstep_bound;',
      `  EXECUTE ${textOf(step.sql, plan)}`,
      `    USING pg_catalog.format('(%s,0)', lockstep_page)::tid, pg_catalog.format('(%s,0)', least(lockstep_page + ${pagesAtOnce}, lockstep_bound))::tid;`,
      `  UPDATE lockstep.batches SET page = least(lockstep_page + ${pagesAtOnce}, lockstep_bound), page_bound = lockstep_bound, relfilenode = lockstep_file WHERE ${here(step, plan)};`,
      '  COMMIT;',
      'END LOOP;',
    ],
  )
}

function here({ id }: StepOf<'in-batches'>, plan: string): string {
  return `plan = ${quoteLiteral(plan)} AND step = ${quoteLiteral(id)}`
}
