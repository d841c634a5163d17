/** Blue's schema on an empty green: by the user's own pg_dump, or by blue's own history of migrations. */
import { spawn } from 'node:child_process'
import type { BluegreenFile } from '../model/bluegreen.ts'
import type { Result } from '../model/problem.ts'
import { fail, succeed } from '../model/problem.ts'
import type { Pair } from './pair.ts'
import { detailSql } from './run-store.ts'

type Dump = Extract<BluegreenFile['schema'], { readonly from: 'pg_dump' }>

/**
 * `pg_dump --schema-only | psql`, in one transaction that also writes down that it is done. Problem: `schema-not-copied`,
 * with what the programs said.
 */
export async function dumpSchema(pair: Pair, { program, restore }: Dump): Promise<Result<null>> {
  const schemas = pair.file.schemas.map((schema) => `--schema=${schema}`)
  const dumped = await run(
    program,
    ['--schema-only', '--no-publications', '--no-subscriptions', ...schemas, pair.blueUrl],
    null,
  )
  if (dumped.code !== 0) return refused(program, dumped.stderr)
  // The schema public is there already, and the dump makes it anew.
  const sql = `${dumped.stdout
    .split('\n')
    .filter((line) => line !== 'CREATE SCHEMA public;')
    .join('\n')}
SET search_path = pg_catalog;
${detailSql({ schemaDone: true })}`
  const restored = await run(
    restore,
    ['--no-psqlrc', '--quiet', '--single-transaction', '--set=ON_ERROR_STOP=1', '--file=-', pair.greenUrl],
    sql,
  )
  return restored.code === 0 ? succeed(null) : refused(restore, restored.stderr)
}

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function run(program: string, programArguments: readonly string[], input: string | null): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, programArguments, { stdio: ['pipe', 'pipe', 'pipe'] })
    const said = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text))
    child.once('error', (error) => resolve({ code: null, stdout: '', stderr: error.message }))
    child.once('close', (code) => resolve({ code, ...said }))
    // A program that ends before it has read all says why on stderr.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input ?? '')
  })
}

function refused(
  program: string,
  stderr: string,
): { readonly ok: false; readonly problems: ReturnType<typeof fail>['problems'] } {
  return fail(
    'schema-not-copied',
    `${program} did not do its work: ${stderr.trim()}`,
    'schema.program and schema.restore name pg_dump and psql, which must be of the major of green or later; or let schema come from migrations.',
  )
}
