/** What is to be done about debris, as a step like any other: looked at, locked and verified by the same executors. */
import type { Debris, DebrisKind } from '../model/debris.ts'
import type { Step } from '../model/plan.ts'
import { quoteLiteral } from '../postgres/identifier.ts'
import type { FoundDebris } from './find-debris.ts'

/** `openPlan`: a plan is open, whose triggers these are. `stepOf` gives the step of it that makes an object, or null. */
export function debrisOf(
  found: FoundDebris,
  number: number,
  openPlan: { readonly id: string; readonly stepOf: (object: string) => string | null } | null,
): Debris | null {
  const { kind, name, table } = found
  const isPlans = openPlan !== null && (kind === 'sync-trigger' || kind === 'sync-function')
  if (isPlans) return null
  const ofStep = openPlan?.stepOf(touchOf(found)) ?? null
  const repair = ofStep === null ? repairs[kind](found, `repair-${number}`) : null
  return {
    kind,
    object: table === null || kind === 'invalid-index' ? name : `${name} on ${table}`,
    ofStep,
    repair,
    advice: ofStep === null ? adviceOf(found) : `migrate apply goes on from it (step ${ofStep})`,
  }
}

/** As `touches` of a plan spell it. */
function touchOf({ kind, name, table }: FoundDebris): string {
  if (kind === 'invalid-index') return `index ${name}`
  return kind === 'not-valid-constraint' ? `constraint ${table ?? ''}.${name}` : `${kind} ${name}`
}

const common = {
  rule: null,
  source: null,
  touches: { creates: [], reads: [], changes: [], drops: [] },
  before: [],
  undo: { kind: 'nothing' as const, because: 'it is nothing that anybody wants back' },
}

type Repair = (found: FoundDebris, id: string) => Step | null

const repairs: Readonly<Record<DebrisKind, Repair>> = {
  'invalid-index': ({ name, table, detail }, id) =>
    detail === null && table !== null
      ? {
          ...common,
          id,
          kind: 'drop-index',
          title: `Drop INVALID index ${name}`,
          index: name,
          table,
          sql: `DROP INDEX CONCURRENTLY ${name}`,
          locks: [{ relation: table, mode: 'ShareUpdateExclusive' }],
          after: [{ kind: 'index', index: name, exists: false, valid: null, definition: null }],
        }
      : null,
  'not-valid-constraint': ({ name, table }, id) =>
    table === null
      ? null
      : {
          ...common,
          id,
          kind: 'patient',
          title: `Check the rows of ${table} against ${name} while they are written`,
          sql: `ALTER TABLE ${table} VALIDATE CONSTRAINT ${name}`,
          lockTimeoutMs: 60_000,
          locks: [{ relation: table, mode: 'ShareUpdateExclusive' }],
          after: [
            {
              kind: 'no-rows',
              sql: `SELECT FROM pg_constraint WHERE conrelid = ${quoteLiteral(table)}::regclass
 AND quote_ident(conname) = ${quoteLiteral(name)} AND NOT convalidated`,
              otherwise: `${name} is still not validated`,
            },
          ],
        },
  'pending-detach': ({ name, table }, id) =>
    table === null
      ? null
      : {
          ...common,
          ...instant,
          id,
          title: `Finish the detaching of ${name} from ${table}`,
          sql: [`ALTER TABLE ${table} DETACH PARTITION ${name} FINALIZE`],
          locks: [
            { relation: table, mode: 'ShareUpdateExclusive' },
            { relation: name, mode: 'AccessExclusive' },
          ],
          after: [
            {
              kind: 'no-rows',
              sql: `SELECT FROM pg_inherits WHERE inhrelid = ${quoteLiteral(name)}::regclass AND inhdetachpending`,
              otherwise: `${name} is still being detached`,
            },
          ],
        },
  'sync-trigger': ({ name, table, detail }, id) =>
    table === null
      ? null
      : {
          ...common,
          ...instant,
          id,
          title: `Drop trigger ${name} of ${table}`,
          sql: [
            `DROP TRIGGER ${name} ON ${table}`,
            ...(detail === null ? [] : [`DROP FUNCTION IF EXISTS ${detail}`]),
          ],
          locks: [{ relation: table, mode: 'AccessExclusive' }],
          after: [
            {
              kind: 'no-rows',
              sql: `SELECT FROM pg_trigger WHERE tgrelid = ${quoteLiteral(table)}::regclass AND quote_ident(tgname) = ${quoteLiteral(name)}`,
              otherwise: `${name} is still there`,
            },
          ],
        },
  'sync-function': ({ name }, id) => ({
    ...common,
    ...instant,
    id,
    title: `Drop function ${name}`,
    sql: [`DROP FUNCTION ${name}`],
    locks: [],
    after: [
      {
        kind: 'no-rows',
        sql: `SELECT WHERE to_regprocedure(${quoteLiteral(name)}) IS NOT NULL`,
        otherwise: `${name} is still there`,
      },
    ],
  }),
  'other-tool': () => null,
}

const instant = { kind: 'ddl' as const, lockTimeoutMs: 50, statementTimeoutMs: 5_000 }

function adviceOf({ kind, name, table, detail }: FoundDebris): string {
  switch (kind) {
    case 'invalid-index':
      return indexAdvice(name, detail)
    case 'not-valid-constraint':
      return 'migrate repair checks the old rows against it, while they are written'
    case 'pending-detach':
      return `its rows are seen neither there nor through ${table ?? ''}: migrate repair finishes the detaching`
    case 'sync-trigger':
    case 'sync-function':
      return 'no plan is open that needs it: migrate repair drops it'
    case 'other-tool':
      return `${detail ?? 'another tool'} left it: let that tool finish or undo its work`
  }
}

function indexAdvice(name: string, detail: string | null): string {
  if (detail === 'partitioned') return 'build the index of each partition, and attach it'
  return detail === null
    ? 'migrate repair drops it; build it again with whatever built it'
    : `REINDEX INDEX CONCURRENTLY ${name} makes it valid`
}
