/** Tries all cases on servers of all majors, and holds the model against what they do. */
import type { Catalog } from '../catalog/catalog.ts'
import { catalogOf } from '../catalog/replay.ts'
import { startEmbeddedServer, type EmbeddedServer } from '../database/embedded-server.ts'
import { readCatalog } from '../database/read-catalog.ts'
import { connect, type Session } from '../database/session.ts'
import { succeed, type Result } from '../model/problem.ts'
import type { Disagreement, LaboratoryCase, LaboratoryReport, Sight } from '../model/laboratory.ts'
import { compare } from './compare.ts'
import { relationsOf } from '../verify/measure-statement.ts'
import { groupByMajor, type SightOfMajor } from './measured.ts'
import { observe, observeInAutocommit, type Stage } from './observe.ts'
import { predict, replayedCatalog } from './predict.ts'

export interface MeasureInput {
  /** SQL of the schema that each case meets. */
  readonly schema: string
  readonly cases: readonly LaboratoryCase[]
  /** One folder with `bin/postgres` for each major. */
  readonly binaries: readonly string[]
  /** Progress, for stderr. */
  readonly say: (line: string) => void
}

/** A problem: a server does not start. `loadParser` must have been awaited. */
export async function measureLaboratory(input: MeasureInput): Promise<Result<LaboratoryReport>> {
  const tried = await Promise.all(input.binaries.map((binaries) => measureMajor(input, binaries)))
  const majors: MeasuredMajor[] = []
  for (const one of tried) {
    if (!one.ok) return one
    majors.push(one.value)
  }
  majors.sort((one, other) => one.major - other.major)
  return succeed({
    measured: {
      servers: majors.map(({ version }) => version),
      cases: groupByMajor(
        input.cases,
        majors.flatMap(({ sights }) => sights),
      ),
    },
    disagreements: majors.flatMap(({ disagreements }) => disagreements),
  })
}

interface MeasuredMajor {
  readonly major: number
  readonly version: string
  readonly sights: readonly SightOfMajor[]
  readonly disagreements: readonly Disagreement[]
}

async function measureMajor(input: MeasureInput, binaries: string): Promise<Result<MeasuredMajor>> {
  const started = await startEmbeddedServer({ binaries, settings })
  if (!started.ok) return started
  const server = started.value
  const { major } = server
  try {
    const { version, read } = await prepare(server, input.schema)
    const catalogs = { replayed: replayedCatalog(input.schema), read }
    const known = input.cases.filter(({ min, max }) => min <= major && major <= max)
    const sights = await tryCases(known, server)
    const disagreements = known.flatMap((one, at) => {
      const sight = sights[at]
      return sight === undefined ? [] : disagreementsOf(one, sight, major, catalogs)
    })
    input.say(`PostgreSQL ${version}: ${known.length} cases`)
    return succeed({
      major,
      version,
      sights: known.flatMap(({ sql, autocommit }, at) => {
        const sight = sights[at]
        return sight === undefined ? [] : [{ major, sql, autocommit, sight }]
      }),
      disagreements,
    })
  } finally {
    await server.stop()
  }
}

const settings = {
  autovacuum: 'off',
  max_connections: '100',
  wal_level: 'logical',
  max_prepared_transactions: '5',
}

function disagreementsOf(
  one: LaboratoryCase,
  sight: Sight,
  major: number,
  catalogs: Readonly<Record<Disagreement['catalog'], Catalog>>,
): readonly Disagreement[] {
  return (['replayed', 'read'] as const).flatMap((catalog) => {
    const { said, seen } = compare(one, predict(one, catalogs[catalog], major), sight)
    return said === seen ? [] : [{ major, sql: one.sql, catalog, said, seen }]
  })
}

/** The laboratory's schema, in which cases run that are rolled back; and a template, for those that are not. */
const rolledBack = 'laboratory'
const template = 'laboratory_template'

async function prepare(
  server: EmbeddedServer,
  schema: string,
): Promise<{ readonly version: string; readonly read: Catalog }> {
  await server.createDatabase(template)
  const session = await connectTo(server, template)
  try {
    await session.execute(schema)
    await session.execute('ANALYZE')
    const number = session.serverVersionNum
    return {
      version: `${Math.floor(number / 10_000)}.${number % 10_000}`,
      read: catalogOf(await readCatalog(session)),
    }
  } finally {
    await session.close()
    await server.createDatabase(rolledBack, template)
  }
}

async function tryCases(cases: readonly LaboratoryCase[], server: EmbeddedServer): Promise<readonly Sight[]> {
  const session = await connectTo(server, rolledBack)
  try {
    const before = await relationsOf(session)
    const sights: Sight[] = []
    for (const [number, one] of cases.entries()) {
      sights.push(
        one.autocommit ? await tryInAutocommit(one, server, number) : await observe(one, session, before),
      )
    }
    return sights
  } finally {
    await session.close()
  }
}

async function tryInAutocommit(one: LaboratoryCase, server: EmbeddedServer, number: number): Promise<Sight> {
  const databases: string[] = []
  try {
    return await observeInAutocommit(one, async () => {
      const name = `laboratory_${number}_${databases.length}`
      databases.push(name)
      await server.createDatabase(name, template)
      return openStage(server, name)
    })
  } finally {
    for (const name of databases) await server.dropDatabase(name)
  }
}

async function openStage(server: EmbeddedServer, name: string): Promise<Stage> {
  return {
    runner: await connectTo(server, name),
    observer: await connectTo(server, name),
    connect: () => connectTo(server, name),
  }
}

async function connectTo(server: EmbeddedServer, database: string): Promise<Session> {
  const connected = await connect(server.url(database), { applicationName: 'lockstep laboratory' })
  if (!connected.ok) throw new Error(connected.problems[0]?.message ?? 'no connection')
  return connected.value
}
