/**
 * `{version}_{description}.sql`, or `.up.sql` beside `.down.sql`; versions are numbers; a name without an underscore is
 * passed over (sqlx-core/src/migrate/source.rs of launchbadge/sqlx). One transaction a file; a file whose text begins with
 * `-- no-transaction` is sent as one message (sqlx-postgres/src/migrate.rs).
 */
import {
  byNumber,
  isSql,
  leadingDigits,
  migrationOf,
  numberKey,
  readEach,
  splitDirection,
} from './file-name.ts'
import { stemOf, unreadableName } from './file-name.ts'
import { type Layout, passedOver } from './layout.ts'

const noTransaction = '-- no-transaction'

/** What `sqlx migrate add` writes into a new file (sqlx-core/src/migrate/migration_type.rs). */
const firstLines = [
  '-- Add migration script here',
  '-- Add up migration script here',
  '-- Add down migration script here',
]

export const sqlx: Layout = {
  name: 'sqlx',
  transaction: 'file',
  detect: (files) =>
    files.some(
      ({ path, text }) => isSql(path) && [noTransaction, ...firstLines].some((line) => text.startsWith(line)),
    ),
  read: (files) =>
    readEach(files, { compare: byNumber, sameVersion: numberKey, inPairs: true }, (file) => {
      const { stem, direction } = splitDirection(stemOf(file.path))
      const underscore = stem.indexOf('_')
      if (underscore < 0) return passedOver
      const version = leadingDigits(stem)
      if (version === '' || version.length !== underscore) {
        return { migrations: [], problems: [unreadableName(file.path, 'sqlx', '0001_what_it_does.sql')] }
      }
      const transaction = file.text.startsWith(noTransaction) ? 'message' : 'file'
      const read = {
        version,
        name: stem.slice(underscore + 1),
        direction: direction ?? 'up',
        transaction,
      } as const
      return { migrations: [migrationOf(file, read, 'sqlx')], problems: [] }
    }),
}
