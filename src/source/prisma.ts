/**
 * `{timestamp}_{name}/migration.sql` in the order of the folders' names, beside `migration_lock.toml` with the provider. There is
 * no way down. Prisma opens no transaction (https://github.com/prisma/prisma/discussions/3774): the file is one message.
 */
import { baseName, byVersionText, leadingDigits, migrationOf, readEach } from './file-name.ts'
import { folderName, folderOf } from './folder-of.ts'
import { type Layout, type SourceFile, passedOver } from './layout.ts'
import { fileProblem } from './line-problem.ts'
import { tomlValue } from './toml-value.ts'

const lockFile = 'migration_lock.toml'

/** Of a database that is not PostgreSQL's kind, as `provider` in the lock file has it. */
function otherProvider(files: readonly SourceFile[]): readonly [path: string, provider: string] | null {
  for (const { path, text } of files.filter((file) => baseName(file.path) === lockFile)) {
    const provider = tomlValue(text, 'provider')
    if (provider !== null && !['postgresql', 'postgres', 'cockroachdb'].includes(provider))
      return [path, provider]
  }
  return null
}

function isMigrationFile(path: string): boolean {
  return baseName(path) === 'migration.sql' && leadingDigits(folderName(path)) !== ''
}

export const prisma: Layout = {
  name: 'prisma',
  transaction: 'message',
  detect: (files) => files.some(({ path }) => baseName(path) === lockFile || isMigrationFile(path)),
  read: (files) => {
    const other = otherProvider(files)
    if (other !== null) {
      const [path, provider] = other
      return { ok: false, problems: [otherDatabase(path, provider)] }
    }
    return readEach(
      files,
      { compare: byVersionText, sameVersion: (version) => version, inPairs: false },
      (file) => {
        if (!isMigrationFile(file.path)) return passedOver
        const folder = folderName(file.path)
        const name = folder.slice(leadingDigits(folder).length)
        // The whole name is what `_prisma_migrations` knows it by.
        const read = {
          version: folder,
          name: name.startsWith('_') ? name.slice(1) : name,
          direction: 'up',
        } as const
        return {
          migrations: [migrationOf(file, { ...read, transaction: 'message' }, 'prisma')],
          problems: [],
        }
      },
    )
  },
}

function otherDatabase(path: string, provider: string) {
  return fileProblem(
    'other-database',
    `${folderOf(path)} holds migrations for ${provider}, as its ${lockFile} says`,
    'lockstep reads migrations for PostgreSQL.',
  )
}
