/** Which folder a history of migrations is in, where a runner spreads it over several, and what it reads beside SQL. */
import { isDigit, isSql } from './file-name.ts'

/** A file that is not SQL and says how the SQL beside it is to be read. */
export function isCompanion(name: string): boolean {
  return name === 'atlas.sum' || name === 'migration_lock.toml' || name.endsWith('.sql.conf')
}

/**
 * The files of a folder that belong to the history of the folder above it: Prisma's and Diesel's, of which each folder is one
 * migration, graphile-migrate's committed ones, and the journal of Drizzle.
 */
export function filesOfParent(folder: string, files: readonly string[]): readonly string[] {
  if (folder === 'meta') return files.filter((file) => file === '_journal.json')
  if (folder === 'committed') return files.filter((file) => isSql(file) && isDigit(file[0]))
  const isMigration =
    isDigit(folder[0]) && files.some((file) => file === 'up.sql' || file === 'migration.sql')
  return isMigration ? files.filter((file) => isSql(file) || file === 'metadata.toml') : []
}

/** Beside graphile-migrate's committed migrations: texts that they include, and parts of the next one. */
export function isNoHistory(folder: string, siblings: readonly string[]): boolean {
  return siblings.includes('committed') && (folder === 'fixtures' || folder === 'current')
}
