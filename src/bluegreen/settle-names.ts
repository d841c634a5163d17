/** The names of the file, each read by PostgreSQL and spelled in one way. */
import type { Session } from '../database/session.ts'
import type { BluegreenFile, DerivedTable } from '../model/bluegreen.ts'
import type { Result } from '../model/problem.ts'
import { succeed } from '../model/problem.ts'
import { formatRelation } from '../postgres/relation-name.ts'

/** Problems: `name-malformed`, one for each name that is none, or has no schema. */
export async function settleNames(session: Session, file: BluegreenFile): Promise<Result<BluegreenFile>> {
  const written = [
    ...file.exclude.map(({ table }) => table),
    ...Object.keys(file.fill),
    ...[...file.targets, ...(file.back ?? [])].flatMap(({ table, sources }) => [
      table,
      ...sources.map((source) => source.table),
    ]),
    ...file.events.flatMap(({ table, green }) => [table, ...green.map((one) => one.table)]),
    ...Object.entries(file.sequences.names).flat(),
  ]
  const settled = new Map<string, string>()
  const problems = []
  for (const name of new Set(written)) {
    const parts = await partsOf(session, name)
    if (parts?.length === 2) {
      settled.set(name, formatRelation({ schema: parts[0] ?? '', name: parts[1] ?? '' }))
      continue
    }
    problems.push({
      code: 'name-malformed',
      message: `${name} is not the name of a table with its schema.`,
      hint: 'Write it as public.orders, or sales."Order".',
      position: null,
      excerpt: null,
    })
  }
  if (problems.length > 0) return { ok: false, problems }
  return succeed(renamed(file, (name) => settled.get(name) ?? name))
}

async function partsOf(session: Session, name: string): Promise<readonly string[] | null> {
  try {
    const [row] = await session.query<{ parts: string[] }>('SELECT parse_ident($1) AS parts', [name])
    return row?.parts ?? null
  } catch {
    return null
  }
}

function renamed(file: BluegreenFile, settle: (name: string) => string): BluegreenFile {
  const derived = (one: DerivedTable): DerivedTable => ({
    ...one,
    table: settle(one.table),
    sources: one.sources.map((source) => ({ ...source, table: settle(source.table) })),
  })
  const keyed = <T>(record: Readonly<Record<string, T>>, value: (one: T) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(record).map(([name, one]) => [settle(name), value(one)]))
  return {
    ...file,
    exclude: file.exclude.map((one) => ({ ...one, table: settle(one.table) })),
    fill: keyed(file.fill, (one) => one),
    targets: file.targets.map(derived),
    back: file.back?.map(derived) ?? null,
    events: file.events.map((event) => ({
      ...event,
      table: settle(event.table),
      green: event.green.map((one) => ({ ...one, table: settle(one.table) })),
    })),
    sequences: { ...file.sequences, names: keyed(file.sequences.names, settle) },
  }
}
