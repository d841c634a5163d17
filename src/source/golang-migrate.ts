/**
 * `{version}_{title}.up.sql` beside `.down.sql`; versions are numbers; files of other names are passed over (source/parse.go
 * of golang-migrate/migrate). The driver for PostgreSQL sends a file as one message (`runStatement` in
 * database/postgres/postgres.go), unless `x-multi-statement=true` is in the URL: then say `transaction: "statement"`.
 */
import type { Migration } from '../model/migration.ts'
import { atlasSum } from './atlas.ts'
import {
  baseName,
  byNumber,
  isSql,
  leadingDigits,
  migrationOf,
  numberKey,
  readEach,
  splitDirection,
  stemOf,
} from './file-name.ts'
import { type Layout, passedOver } from './layout.ts'

type GolangMigrateName = Pick<Migration, 'version' | 'name' | 'direction'>

function readName(path: string): GolangMigrateName | null {
  const { stem, direction } = splitDirection(stemOf(path))
  const version = leadingDigits(stem)
  if (direction === null || version === '' || stem[version.length] !== '_') return null
  return { version, name: stem.slice(version.length + 1), direction }
}

/** `migrate create` writes six digits with `-seq`, else seconds since 1970, or 14 digits, as other tools do. */
function hasItsOwnVersion(path: string): boolean {
  const name = readName(path)
  if (name === null || name.name.includes('.')) return false
  return name.version.length === 6 || name.version.length === 10
}

export const golangMigrate: Layout = {
  name: 'golang-migrate',
  transaction: 'message',
  detect: (files) => {
    const directed = files.filter(
      ({ path }) => isSql(path) && splitDirection(stemOf(path)).direction !== null,
    )
    if (directed.length === 0) return false
    // Atlas writes files in pairs for golang-migrate alone (its dir format `golang-migrate`).
    const isWrittenByAtlas = files.some(({ path }) => baseName(path) === atlasSum)
    return isWrittenByAtlas || directed.every(({ path }) => hasItsOwnVersion(path))
  },
  read: (files) =>
    readEach(files, { compare: byNumber, sameVersion: numberKey, inPairs: true }, (file) => {
      const name = readName(file.path)
      if (name === null) return passedOver
      const migration = migrationOf(file, { ...name, transaction: 'message' }, 'golang-migrate')
      return { migrations: [migration], problems: [] }
    }),
}
