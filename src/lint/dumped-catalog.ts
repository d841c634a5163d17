/** The catalog that a schema-only pg_dump describes: what it creates is there and old, and what it does not create is not there. */
import type { Catalog } from '../catalog/catalog.ts'
import { emptyCatalog } from '../catalog/replay.ts'
import { walk } from '../effects/walk.ts'
import type { Problem, Result } from '../model/problem.ts'
import { parseScript } from '../sql/parse-script.ts'

/**
 * Problems: what is not understood, and `dump-with-rows` in place of all COPY … FROM stdin. What pg_dump itself says to psql
 * is no problem. `loadParser` must have been awaited.
 */
export function dumpedCatalog(
  text: string,
  path: string,
  {
    searchPath,
    serverVersion,
  }: {
    readonly searchPath: readonly string[]
    readonly serverVersion: { readonly min: number; readonly max: number }
  },
): Result<Catalog> {
  const script = parseScript(text, path)
  const rows = script.problems.find(({ code }) => code === 'copy-data')
  const others = script.problems.filter((problem) => problem.code !== 'copy-data' && !isOfDump(problem))
  const problems = rows === undefined ? others : [dumpWithRows(rows), ...others]
  if (problems.length > 0) return { ok: false, problems }
  const start = emptyCatalog({ complete: true, searchPath })
  const options = { transaction: 'statement', catalog: start, serverVersion } as const
  return { ok: true, value: walk(script.statements, options).catalog }
}

/**
 * `\restrict KEY` and `\unrestrict KEY` about everything, in dumps of the minor releases since August 2025
 * (https://www.postgresql.org/docs/release/18.0/, CVE-2025-8714), and `\connect DATABASE` of --create.
 */
const commandsOfDump: readonly string[] = ['\\restrict', '\\unrestrict', '\\connect']

function isOfDump({ code, excerpt }: Problem): boolean {
  const [command = ''] = (excerpt ?? '').trim().split(' ')
  return code === 'psql-command' && commandsOfDump.includes(command)
}

function dumpWithRows(first: Problem): Problem {
  return {
    ...first,
    code: 'dump-with-rows',
    message: 'The dump holds rows; lint wants to know the schema and nothing else',
    hint: 'Write it with pg_dump --schema-only.',
  }
}
