import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize, relative, resolve, sep } from 'node:path'
import type { Problem, Result } from '../model/problem.ts'
import type { SourceFile } from '../source/layout.ts'
import { failure } from './failure.ts'
import { notUtf8 } from './not-utf-8.ts'

/** The migrations of one folder. */
export interface SourceFolder {
  readonly folder: string
  /** Every SQL file of the folder: what comes before a named one is its context. */
  readonly files: readonly SourceFile[]
  /** Paths the user named; null: all of them. */
  readonly named: ReadonlySet<string> | null
  /** Files whose bytes are no text, and why. */
  readonly unreadable: readonly UnreadableFile[]
}

export interface UnreadableFile {
  readonly path: string
  readonly problems: readonly Problem[]
}

/** A file larger than this is data, not a migration. */
const largestFileBytes = 64 * 1024 * 1024

/**
 * Folders and files that a user named, as texts. A folder stands for every folder in it that holds SQL files, each a
 * history of its own. Paths come out relative to `workingFolder`, with forward slashes. What `isWanted` does not want is
 * passed over, named or not.
 */
export function readSources(
  paths: readonly string[],
  workingFolder: string,
  isWanted: (path: string) => boolean,
): Result<readonly SourceFolder[]> {
  const problems: Problem[] = []
  const folders = new Map<string, Set<string> | null>()
  for (const path of paths) {
    const stat = statSync(resolve(workingFolder, path), { throwIfNoEntry: false })
    if (stat === undefined) {
      problems.push(
        ...failure('path-not-found', `There is no ${path}`, 'Name a folder of migrations or a file.')
          .problems,
      )
    } else if (stat.isDirectory()) {
      for (const folder of foldersWithSql(path, workingFolder)) folders.set(folder, null)
    } else {
      const folder = dirname(path)
      const named = folders.get(folder)
      if (named !== null) folders.set(folder, (named ?? new Set()).add(slashes(normalize(path))))
    }
  }
  const read = [...folders].map(([folder, named]) => ({
    folder,
    named,
    ...readFolder(folder, workingFolder, isWanted),
  }))
  if (problems.length > 0) return { ok: false, problems }
  if (read.length === 0) {
    return failure(
      'no-migrations',
      `No SQL file under ${paths.join(', ')}`,
      'Name the folder that holds the migrations.',
    )
  }
  return { ok: true, value: read.filter(({ files, unreadable }) => files.length + unreadable.length > 0) }
}

function foldersWithSql(folder: string, workingFolder: string): string[] {
  const entries = readdirSync(resolve(workingFolder, folder), { withFileTypes: true })
  const below = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .map((entry) => entry.name)
    .sort()
    .flatMap((name) => foldersWithSql(join(folder, name), workingFolder))
  return entries.some((entry) => entry.isFile() && entry.name.endsWith('.sql')) ? [folder, ...below] : below
}

function readFolder(
  folder: string,
  workingFolder: string,
  isWanted: (path: string) => boolean,
): Pick<SourceFolder, 'files' | 'unreadable'> {
  const names = readdirSync(resolve(workingFolder, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.sql'))
    .map((entry) => entry.name)
    .sort()
  const files: SourceFile[] = []
  const unreadable: UnreadableFile[] = []
  for (const name of names) {
    const path = slashes(join(folder, name))
    if (!isWanted(path)) continue
    const text = readText(resolve(workingFolder, folder, name), path)
    if (text.ok) files.push({ path, text: text.value })
    else unreadable.push({ path, problems: text.problems })
  }
  return { files, unreadable }
}

/** Is this what `readText` says of a file that is there? */
export function isUnreadable(code: string): boolean {
  return code === 'not-utf-8' || code === 'file-too-large'
}

/** A file's text; a file that is not UTF-8 or too large to be a migration is refused by name. */
export function readText(path: string, shown = slashes(relative(process.cwd(), path))): Result<string> {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return failure('file-not-found', `There is no file ${shown}`, 'Check the path.')
  if (stat.size > largestFileBytes) {
    return failure(
      'file-too-large',
      `${shown} has ${Math.round(stat.size / 1024 / 1024)} MB; a migration has at most ${largestFileBytes / 1024 / 1024}`,
      'Load data with COPY from a client, not in a migration.',
    )
  }
  const bytes = readFileSync(path)
  try {
    return { ok: true, value: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { ok: false, problems: [notUtf8(bytes, shown)] }
  }
}

function slashes(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/')
}
