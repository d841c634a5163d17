import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, normalize, resolve } from 'node:path'
import type { Problem, Result } from '../model/problem.ts'
import { isSql } from '../source/file-name.ts'
import { filesOfParent, isCompanion, isNoHistory } from '../source/history-folder.ts'
import type { SourceFile } from '../source/layout.ts'
import { failure } from './failure.ts'
import { readMigrationText, slashes } from './read-text.ts'

/** The migrations of one history. */
export interface SourceFolder {
  readonly folder: string
  /** Every SQL file of the history, and what says how to read them: what comes before a named one is its context. */
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

/**
 * Folders and files that a user named, as texts. A folder stands for every folder in it that holds SQL files, each a
 * history of its own, unless a runner spreads one over several. Paths come out relative to `workingFolder`, with forward slashes. What `isWanted` does not want is
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
    } else if (stat.isDirectory() && partsOfParent(path, workingFolder).length === 0) {
      for (const folder of foldersWithSql(path, workingFolder)) folders.set(folder, null)
    } else {
      const files = stat.isDirectory() ? partsOfParent(path, workingFolder) : [path]
      for (const file of files.filter((one) => stat.isFile() || isSql(one))) {
        const folder = historyOf(file, workingFolder)
        const named = folders.get(folder)
        if (named !== null) folders.set(folder, (named ?? new Set()).add(slashes(normalize(file))))
      }
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
  return {
    ok: true,
    value: read.filter(
      ({ files, unreadable }) => files.some(({ path }) => isSql(path)) || unreadable.length > 0,
    ),
  }
}

/** The folder of the history that a file is in, whether or not it still is. */
export function historyOf(file: string, workingFolder: string): string {
  const folder = dirname(file)
  return partsOfParent(folder, workingFolder).includes(join(folder, basename(file)))
    ? dirname(folder)
    : folder
}

/** The files of a folder that belong to the history of the one above it. */
function partsOfParent(folder: string, workingFolder: string): readonly string[] {
  const name = basename(resolve(workingFolder, folder))
  return filesOfParent(name, entriesOf(folder, workingFolder).files).map((file) => join(folder, file))
}

interface Entries {
  /** All that is no folder: a link or a pipe is refused by name when it is read, and not passed over. */
  readonly files: readonly string[]
  readonly folders: readonly string[]
}

function entriesOf(folder: string, workingFolder: string): Entries {
  const path = resolve(workingFolder, folder)
  const entries = existsSync(path) ? readdirSync(path, { withFileTypes: true }) : []
  const named = (kept: typeof entries) => kept.map(({ name }) => name).sort()
  return {
    files: named(entries.filter((entry) => entry.isFile() || (isSql(entry.name) && !entry.isDirectory()))),
    folders: named(
      entries.filter(
        (entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules',
      ),
    ),
  }
}

function foldersWithSql(folder: string, workingFolder: string): string[] {
  const { files, folders } = entriesOf(folder, workingFolder)
  const parts = folders.map((name) => partsOfParent(join(folder, name), workingFolder))
  const below = folders
    .filter((name, at) => parts[at]?.length === 0 && !isNoHistory(name, folders))
    .flatMap((name) => foldersWithSql(join(folder, name), workingFolder))
  return [...files, ...parts.flat()].some(isSql) ? [folder, ...below] : below
}

function readFolder(
  folder: string,
  workingFolder: string,
  isWanted: (path: string) => boolean,
): Pick<SourceFolder, 'files' | 'unreadable'> {
  const { files: names, folders } = entriesOf(folder, workingFolder)
  const own = names.filter((name) => isSql(name) || isCompanion(name)).map((name) => join(folder, name))
  const parts = folders.flatMap((name) => partsOfParent(join(folder, name), workingFolder))
  const files: SourceFile[] = []
  const unreadable: UnreadableFile[] = []
  for (const file of [...own, ...parts]) {
    const path = slashes(file)
    // What says how the SQL is to be read is no migration that somebody could leave out.
    if (isSql(path) && !isWanted(path)) continue
    const text = readMigrationText(file, workingFolder)
    if (text.ok) files.push({ path, text: text.value })
    else unreadable.push({ path, problems: text.problems })
  }
  return { files, unreadable }
}
