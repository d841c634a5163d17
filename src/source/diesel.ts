/**
 * `{version}_{name}/up.sql` beside `down.sql` and, at will, `metadata.toml`; versions are compared as texts, without their dashes
 * (diesel_migrations/migrations_internals/src/lib.rs of diesel-rs/diesel). One transaction a migration; where
 * `run_in_transaction` is false, the file is one message (`run_sql_from_file` in diesel_migrations).
 */
import type { TransactionMode } from '../model/migration.ts'
import { baseName, byVersionText, leadingDigits, migrationOf, readEach } from './file-name.ts'
import { folderName, folderOf } from './folder-of.ts'
import { type Layout, type SourceFile, passedOver } from './layout.ts'
import { tomlValue } from './toml-value.ts'

const metadata = 'metadata.toml'

/** A metadata file without the key says false: `#[serde(default)]` is that of bool. */
function transactionIn(config: SourceFile | undefined): TransactionMode {
  if (config === undefined) return 'file'
  return tomlValue(config.text, 'run_in_transaction') === 'true' ? 'file' : 'message'
}

function isMigrationFile(path: string): boolean {
  const file = baseName(path)
  return (file === 'up.sql' || file === 'down.sql') && leadingDigits(folderName(path)) !== ''
}

export const diesel: Layout = {
  name: 'diesel',
  transaction: 'file',
  detect: (files) => files.some(({ path }) => baseName(path) === 'up.sql' && isMigrationFile(path)),
  read: (files) => {
    const configs = new Map(
      files.filter(({ path }) => baseName(path) === metadata).map((file) => [folderOf(file.path), file]),
    )
    const order = { compare: byVersionText, sameVersion: (version: string) => version, inPairs: true }
    return readEach(files, order, (file) => {
      if (!isMigrationFile(file.path)) return passedOver
      const [written = '', ...rest] = folderName(file.path).split('_')
      const read = {
        version: written.replaceAll('-', ''),
        name: rest.join('_'),
        direction: baseName(file.path) === 'up.sql' ? ('up' as const) : ('down' as const),
        transaction: transactionIn(configs.get(folderOf(file.path))),
      }
      return { migrations: [migrationOf(file, read, 'diesel')], problems: [] }
    })
  },
}
