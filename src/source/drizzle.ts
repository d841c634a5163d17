/**
 * `{tag}.sql` as `meta/_journal.json` lists them, in its order; files that it does not list are passed over
 * (drizzle-orm/src/migrator.ts of drizzle-team/drizzle-orm). All that is pending is one transaction, and there is no way down.
 * `--> statement-breakpoint` ends a statement.
 */
import type { Migration } from '../model/migration.ts'
import type { Problem, Result } from '../model/problem.ts'
import { leadingDigits, migrationOf, ordered } from './file-name.ts'
import { folderOf } from './folder-of.ts'
import type { Layout, ReadFile, SourceFile } from './layout.ts'
import { fileProblem } from './line-problem.ts'

const journalPath = 'meta/_journal.json'
const breakpoint = '--> statement-breakpoint'

interface Journal {
  readonly dialect: string
  readonly tags: readonly string[]
}

function isJournal({ path }: SourceFile): boolean {
  return path === journalPath || path.endsWith(`/${journalPath}`)
}

function readJournal(file: SourceFile): Journal | null {
  let journal: unknown
  try {
    journal = JSON.parse(file.text)
  } catch {
    return null
  }
  if (!isRecord(journal) || !Array.isArray(journal['entries'])) return null
  const tags: string[] = []
  for (const entry of journal['entries'] as readonly unknown[]) {
    if (!isRecord(entry) || typeof entry['tag'] !== 'string') return null
    tags.push(entry['tag'])
  }
  const { dialect } = journal
  return { dialect: typeof dialect === 'string' ? dialect : 'postgresql', tags }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function readFolder(journalFile: SourceFile, files: readonly SourceFile[]): ReadFile {
  const journal = readJournal(journalFile)
  const folder = journalFile.path.slice(0, -journalPath.length)
  const problem = journal === null ? unreadable(journalFile.path) : dialectProblem(folder, journal)
  if (journal === null || problem !== null)
    return { migrations: [], problems: problem === null ? [] : [problem] }
  const migrations: Migration[] = []
  const problems: Problem[] = []
  for (const tag of journal.tags) {
    const file = files.find(({ path }) => path === `${folder}${tag}.sql`)
    if (file === undefined) problems.push(missing(`${folder}${tag}.sql`, journalFile.path))
    else migrations.push(readMigration(file, tag))
  }
  return { migrations, problems }
}

function readMigration(file: SourceFile, tag: string): Migration {
  const digits = leadingDigits(tag)
  const version = digits === '' ? tag : digits
  const name = digits !== '' && tag[digits.length] === '_' ? tag.slice(digits.length + 1) : ''
  const read = { version, name, direction: 'up', transaction: 'file' } as const
  return migrationOf(file, read, 'drizzle', withEndedStatements(file.text))
}

/** A breakpoint ends a statement that has no semicolon; it is as long as what takes its place. */
function withEndedStatements(text: string): string {
  const [first = '', ...rest] = text.split(breakpoint)
  let result = first
  for (const part of rest) {
    const end = result.trimEnd().endsWith(';') ? breakpoint : ';'.padEnd(breakpoint.length)
    result += `${end}${part}`
  }
  return result
}

function dialectProblem(folder: string, { dialect }: Journal): Problem | null {
  if (dialect === 'postgresql' || dialect === 'pg') return null
  return fileProblem(
    'other-database',
    `${folder} holds migrations for ${dialect}, as its ${journalPath} says`,
    'lockstep reads migrations for PostgreSQL.',
  )
}

function unreadable(path: string): Problem {
  return fileProblem(
    'journal-unreadable',
    `${path} is not a journal of drizzle-kit: JSON with entries, each with a tag`,
    'Bring it back from version control, or generate the migrations anew.',
  )
}

function missing(path: string, journal: string): Problem {
  return fileProblem(
    'file-missing',
    `${journal} lists ${path}, which is not there`,
    'Bring it back, or drop the entry.',
  )
}

export const drizzle: Layout = {
  name: 'drizzle',
  transaction: 'file',
  detect: (files) => files.some(isJournal),
  read: (files): Result<readonly Migration[]> => {
    const folders = files.filter(isJournal).map((journal) => readFolder(journal, files))
    const without: Problem[] =
      folders.length > 0
        ? []
        : [
            fileProblem(
              'journal-missing',
              `There is no ${journalPath} beside ${folderOf(files[0]?.path ?? '')}*.sql, without which drizzle runs nothing`,
              'Name the folder that drizzle-kit writes to (out in its config).',
            ),
          ]
    const problems = [...without, ...folders.flatMap((one) => one.problems)]
    // The journal's own order.
    return ordered(
      folders.flatMap((one) => one.migrations),
      problems,
      () => 0,
      (version) => version,
    )
  },
}
