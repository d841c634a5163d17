/** Everything that must be so before a run begins, asked at once, and all that is not so said at once. */
import type { Session } from '../database/session.ts'
import type { DerivedTable } from '../model/bluegreen.ts'
import type { Problem } from '../model/problem.ts'
import type { Pair } from './pair.ts'
import { followed, selectTables, storedColumns } from './selection.ts'
import { readShapes, type TableShape } from './table-shape.ts'

interface ServerFacts {
  readonly version: number
  readonly walLevel: string
  readonly slotsMax: number
  readonly slots: number
  readonly sendersMax: number
  readonly senders: number
  readonly workersMax: number
  readonly superuser: boolean
  readonly replication: boolean
  readonly subscriber: boolean
  readonly encoding: string
  readonly recovery: boolean
  readonly system: string
}

const factsQuery = `
SELECT current_setting('server_version_num')::int AS version, current_setting('wal_level') AS "walLevel",
       current_setting('max_replication_slots')::int AS "slotsMax", (SELECT count(*)::int FROM pg_replication_slots) AS slots,
       current_setting('max_wal_senders')::int AS "sendersMax",
       (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'walsender') AS senders,
       current_setting('max_logical_replication_workers')::int AS "workersMax",
       r.rolsuper AS superuser, r.rolreplication AS replication,
       r.rolsuper OR coalesce((SELECT pg_has_role(current_user, oid, 'USAGE') FROM pg_roles WHERE rolname = 'pg_create_subscription'), false) AS subscriber,
       (SELECT pg_encoding_to_char(encoding)::text FROM pg_database WHERE datname = current_database()) AS encoding,
       pg_is_in_recovery() AS recovery, (SELECT system_identifier::text FROM pg_control_system()) AS system
  FROM pg_roles r WHERE r.rolname = current_user`

export async function preflight(pair: Pair): Promise<readonly Problem[]> {
  const [blue, green] = [await facts(pair.blue), await facts(pair.green)]
  const shapes = await readShapes(pair.blue, pair.file.schemas)
  return [
    ...blueProblems(pair, blue, green),
    ...greenProblems(pair, blue, green),
    ...tableProblems(pair, shapes, blue),
    ...fileProblems(pair, shapes),
    ...(await largeObjects(pair.blue)),
    ...(await targetProblems(pair, shapes)),
  ]
}

async function facts(session: Session): Promise<ServerFacts> {
  const [row] = await session.query<ServerFacts>(factsQuery)
  if (row === undefined) throw new Error('a role that is not in pg_roles')
  return row
}

function problem(code: string, message: string, hint: string): Problem {
  return { code: `preflight-${code}`, message, hint, position: null, excerpt: null }
}

function blueProblems({ file }: Pair, blue: ServerFacts, green: ServerFacts): readonly Problem[] {
  const problems: Problem[] = []
  const oneServer = blue.system === green.system
  const slots = (file.events.length > 0 ? 2 : 1) + (oneServer && file.back !== null ? 1 : 0)
  if (blue.recovery) problems.push(problem('standby', 'Blue is a standby.', 'Name its primary.'))
  if (blue.walLevel !== 'logical') {
    problems.push(
      problem(
        'wal-level',
        `Blue has wal_level = ${blue.walLevel}; logical replication needs logical.`,
        'Set wal_level = logical and restart blue.',
      ),
    )
  }
  if (blue.slotsMax - blue.slots < slots) {
    problems.push(
      problem(
        'slots',
        `Blue has ${blue.slotsMax - blue.slots} replication slots free of ${blue.slotsMax}; the run needs ${slots}.`,
        'Raise max_replication_slots and restart, or drop slots that nobody uses.',
      ),
    )
  }
  if (blue.sendersMax - blue.senders < slots + 1) {
    problems.push(
      problem(
        'senders',
        `Blue has ${blue.sendersMax - blue.senders} WAL senders free; the run needs ${slots + 1}.`,
        'Raise max_wal_senders and restart.',
      ),
    )
  }
  if (!blue.superuser && !blue.replication) {
    problems.push(
      problem(
        'rights-blue',
        'The role on blue may not replicate.',
        'Give it REPLICATION, and make it the owner of the tables, or use a superuser.',
      ),
    )
  }
  if (blue.encoding !== green.encoding) {
    problems.push(
      problem(
        'encoding',
        `Blue is encoded in ${blue.encoding}, green in ${green.encoding}.`,
        `Create green with ENCODING '${blue.encoding}'.`,
      ),
    )
  }
  return problems
}

/** disable_on_error, row filters and column lists are of 15. */
const greenMin = 150_000

function greenProblems({ file }: Pair, blue: ServerFacts, green: ServerFacts): readonly Problem[] {
  const problems: Problem[] = []
  if (green.recovery) problems.push(problem('standby', 'Green is a standby.', 'Name its primary.'))
  if (green.version < greenMin) {
    problems.push(
      problem('version', 'Green must be PostgreSQL 15 or later.', 'Blue may be 14; green may not.'),
    )
  }
  if (!green.superuser) {
    problems.push(
      problem(
        'rights-green',
        'The role on green is no superuser: it must subscribe, and copy rows without firing foreign keys.',
        'Use a superuser on green for the time of the run.',
      ),
    )
  }
  if (file.back !== null && green.walLevel !== 'logical') {
    problems.push(
      problem(
        'wal-level',
        `Green has wal_level = ${green.walLevel}; the way back needs logical.`,
        'Set wal_level = logical and restart green, or say back: null, and there is no way back.',
      ),
    )
  }
  if (file.back !== null && !blue.superuser) {
    problems.push(
      problem(
        'rights-blue',
        'The role on blue is no superuser: for the way back, blue must subscribe to green.',
        'Use a superuser on blue, or say back: null, and there is no way back.',
      ),
    )
  }
  const workers = file.events.length > 0 ? 2 : 1
  if (green.workersMax < workers) {
    problems.push(
      problem(
        'workers',
        `Green has max_logical_replication_workers = ${green.workersMax}; the run needs ${workers}.`,
        'Raise it and restart green.',
      ),
    )
  }
  return problems
}

function tableProblems(pair: Pair, shapes: readonly TableShape[], blue: ServerFacts): readonly Problem[] {
  const going = followed(selectTables(pair.file, shapes))
  const exclude = 'Give it one, or exclude the table and say because of what.'
  return [
    ...going
      .filter(({ identity }) => identity === null || identity.length === 0)
      .map(({ table }) =>
        problem(
          'replica-identity',
          `${table} has neither a primary key nor another replica identity: changed and deleted rows could not be told.`,
          exclude,
        ),
      ),
    ...going
      .filter(({ unlogged }) => unlogged)
      .map(({ table }) =>
        problem(
          'unlogged',
          `${table} is unlogged: nothing of it is replicated.`,
          'ALTER TABLE … SET LOGGED, or exclude it.',
        ),
      ),
    ...going
      .filter(({ inherits }) => inherits)
      .map(({ table }) =>
        problem(
          'inheritance',
          `${table} inherits from another table.`,
          'Exclude it; only partitions go over.',
        ),
      ),
    ...shapes
      .filter(({ kind, table }) => kind === 'foreign-table' && !isExcluded(pair, table))
      .map(({ table }) =>
        problem('foreign-table', `${table} is a foreign table: it does not go over.`, 'Exclude it.'),
      ),
    ...going
      .filter((shape) => blue.version < 150_000 && storedColumns(shape).length < shape.columns.length)
      .map(({ table }) =>
        problem(
          'generated',
          `${table} has generated columns, and blue is PostgreSQL 14.`,
          'Exclude it, or bring blue to 15 first.',
        ),
      ),
    ...namesakes(going),
  ]
}

function isExcluded({ file }: Pair, table: string): boolean {
  return file.exclude.some((one) => one.table === table)
}

/** Landing tables and tables that stand aside share a schema. */
function namesakes(going: readonly TableShape[]): readonly Problem[] {
  return going
    .filter((one) => going.some((other) => other.name === one.name && other.schema < one.schema))
    .map(({ table, name }) =>
      problem('namesake', `Two schemas have a table ${name}.`, `Exclude one of them, ${table} for one.`),
    )
}

function fileProblems({ file }: Pair, shapes: readonly TableShape[]): readonly Problem[] {
  const blue = new Map(shapes.map((shape) => [shape.table, shape]))
  const unknown = (table: string, what: string): readonly Problem[] =>
    blue.has(table) ? [] : [problem('unknown-table', `${what} ${table} is not on blue.`, 'Mend the file.')]
  const landed = new Set(file.targets.flatMap((target) => target.sources.map(({ table }) => table)))
  const withBack = new Set((file.back ?? []).map(({ table }) => table))
  return [
    ...[...landed].flatMap((table) => unknown(table, 'The source')),
    ...(file.back ?? []).flatMap(({ table }) => unknown(table, 'The way back leads to')),
    ...file.events.flatMap(({ table, name }) => unknown(table, `Event ${name}: the table`)),
    ...[...file.targets, ...(file.back ?? [])].flatMap(derivedProblems),
    ...(file.back === null ? [] : [...landed].filter((table) => !withBack.has(table))).map((table) =>
      problem(
        'no-way-back',
        `Rows of ${table} go into other tables, and nothing says how they come back.`,
        `Add ${table} to back, or say back: null, and there is no way back.`,
      ),
    ),
    ...(file.back ?? [])
      .filter(({ table }) => blue.has(table) && !landed.has(table))
      .map(({ table }) =>
        problem(
          'back-of-nothing',
          `${table} is in back, and no source of targets: it comes back by itself.`,
          'Take it out of back.',
        ),
      ),
    ...(file.back ?? [])
      .filter(({ table, key }) => blue.has(table) && !isUnique(blue.get(table), key))
      .map(({ table, key }) =>
        problem(
          'key-not-unique',
          `${table} on blue has no unique index over its NOT NULL columns ${key.join(', ')}.`,
          'Name another key in back.',
        ),
      ),
    ...file.events
      .filter(({ when, deleted }) => when === null && !deleted)
      .map(({ name }) => problem('event', `Event ${name} never happens.`, 'Give it when, or deleted: true.')),
    ...file.events.flatMap(({ name, key, green }) =>
      green
        .filter(({ match }) => Object.values(match).toSorted().join() !== key.toSorted().join())
        .map(({ table }) =>
          problem(
            'event',
            `Event ${name}: match of ${table} does not name each column of key once.`,
            'Mend the file.',
          ),
        ),
    ),
    ...file.events.flatMap(({ name, table, key }) =>
      key
        .filter((column) => blue.get(table)?.columns.every((one) => one.name !== column) === true)
        .map((column) =>
          problem('event', `Event ${name}: ${table} has no column ${column}.`, 'Mend the file.'),
        ),
    ),
  ]
}

function isUnique(shape: TableShape | undefined, key: readonly string[]): boolean {
  return shape?.uniques.some(({ columns }) => columns.toSorted().join() === key.toSorted().join()) ?? false
}

function derivedProblems({ table, key, columns, from, sources }: DerivedTable): readonly Problem[] {
  const problems: Problem[] = []
  const missing = key.filter((column) => !(column in columns))
  if (missing.length > 0) {
    problems.push(
      problem(
        'key',
        `${table}: columns says nothing of ${missing.join(', ')}, which is its key.`,
        'Mend the file.',
      ),
    )
  }
  if (from === undefined && sources.length > 1) {
    problems.push(problem('from', `${table} has several sources and no from.`, 'Say how they are joined.'))
  }
  return problems
}

async function largeObjects(blue: Session): Promise<readonly Problem[]> {
  const [row] = await blue.query<{ count: string }>('SELECT count(*) AS count FROM pg_largeobject_metadata')
  if (row?.count === '0') return []
  return [
    problem(
      'large-objects',
      `Blue has ${row?.count} large objects, which logical replication does not carry.`,
      'Move them to bytea columns, or remove them with lo_unlink.',
    ),
  ]
}

/** What must be on green already, and empty, where nobody else makes its schema. */
async function targetProblems(pair: Pair, blue: readonly TableShape[]): Promise<readonly Problem[]> {
  const green = new Map(
    (await readShapes(pair.green, pair.file.schemas)).map((shape) => [shape.table, shape]),
  )
  const problems: Problem[] = []
  const [ours] = await pair.green.query<{ there: boolean }>(
    `SELECT to_regclass('lockstep_bluegreen.run') IS NOT NULL AS there`,
  )
  // What is there of an interrupted start is emptied by the next.
  if (ours?.there !== true) {
    for (const { table } of green.values()) {
      const [row] = await pair.green.query<{ filled: boolean }>(
        `SELECT EXISTS (SELECT FROM ${table}) AS filled`,
      )
      if (row?.filled === true && (pair.file.schema.from !== 'ready' || isCopiedTo(pair, table, blue))) {
        problems.push(
          problem(
            'not-empty',
            `${table} on green holds rows.`,
            'Green must be a database of its own: empty it.',
          ),
        )
      }
    }
  }
  if (pair.file.schema.from !== 'ready') return problems
  const { direct, copied } = selectTables(pair.file, blue)
  for (const shape of [...direct, ...copied]) {
    const there = green.get(shape.table)
    if (there === undefined) {
      problems.push(
        problem(
          'missing-table',
          `${shape.table} is not on green.`,
          'Make it there, make it a source of a target, or exclude it. Or let schema say how green gets its tables.',
        ),
      )
      continue
    }
    const missing = storedColumns(shape).filter((name) => there.columns.every((one) => one.name !== name))
    if (missing.length > 0) {
      problems.push(
        problem(
          'missing-column',
          `${shape.table} on green has no ${missing.join(', ')}.`,
          'Make it a source of a target that says what becomes of it.',
        ),
      )
    }
  }
  return problems
}

function isCopiedTo(pair: Pair, table: string, blue: readonly TableShape[]): boolean {
  const { direct, copied } = selectTables(pair.file, blue)
  return [...direct, ...copied].some((one) => one.table === table)
}
