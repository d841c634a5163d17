import { lstatSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { relative, resolve, sep } from 'node:path'
import type { Result } from '../model/problem.ts'
import { failure } from './failure.ts'
import { notUtf8 } from './not-utf-8.ts'

/** A file larger than this is data, not a migration. */
const largestFileBytes = 64 * 1024 * 1024

const unreadable = [
  'not-utf-8',
  'file-too-large',
  'not-a-file',
  'link-leads-nowhere',
  'link-leads-out',
] as const

/** Is this what `readText` or `readMigrationText` says of a file that is there? */
export function isUnreadable(code: string): boolean {
  return unreadable.some((known) => known === code)
}

/**
 * A file's text. What is no regular file is refused before it is opened (a pipe would never end), and so is what is not
 * UTF-8 or too large to be a migration.
 */
export function readText(path: string, shown = slashes(relative(process.cwd(), path))): Result<string> {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return failure('file-not-found', `There is no file ${shown}`, 'Check the path.')
  if (!stat.isFile()) {
    return failure(
      'not-a-file',
      `${shown} is no regular file`,
      'Put a file with SQL in its place, or remove it.',
    )
  }
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

/**
 * The same for a file found in a folder of migrations. Whoever can put a link there must not make us read, and quote in
 * a report, what is elsewhere on this machine: it may lead to a file of `workingFolder`, and no further.
 */
export function readMigrationText(path: string, workingFolder: string): Result<string> {
  const full = resolve(workingFolder, path)
  const shown = slashes(path)
  if (lstatSync(full, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return readText(full, shown)
  const target = targetOf(full)
  if (target === null) {
    return failure(
      'link-leads-nowhere',
      `${shown} is a link to a file that is not there`,
      'Mend or remove it.',
    )
  }
  if (!target.startsWith(realpathSync(workingFolder) + sep)) {
    return failure(
      'link-leads-out',
      `${shown} is a link that leads out of the working folder`,
      'Put the file itself there.',
    )
  }
  return readText(full, shown)
}

/** Null: nothing is there, or the links go in a circle. */
function targetOf(link: string): string | null {
  try {
    return realpathSync(link)
  } catch {
    return null
  }
}

export function slashes(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/')
}
