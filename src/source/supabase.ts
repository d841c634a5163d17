/**
 * `supabase/migrations/{timestamp}_{name}.sql` in the order of file names; files of other names are passed over
 * (apps/cli-go/pkg/migration/list.go of supabase/cli). A file's statements go in one pipeline, which PostgreSQL makes one
 * transaction of where it holds several (`ExecBatch` in file.go). There is no way down.
 */
import { byFileName, isSql, leadingDigits, migrationOf, readEach, stemOf } from './file-name.ts'
import { type Layout, passedOver } from './layout.ts'

/** The first file of an older command line, which the present one passes over (`shouldSkip`). */
function isOldInit(stem: string): boolean {
  return stem.endsWith('_init') && leadingDigits(stem).length === 14 && leadingDigits(stem) < '20211209000000'
}

export const supabase: Layout = {
  name: 'supabase',
  transaction: 'message',
  detect: (files) =>
    files.some(
      ({ path }) => isSql(path) && path.split('/').slice(-3, -1).join('/') === 'supabase/migrations',
    ),
  read: (files) =>
    readEach(files, { compare: byFileName, sameVersion: (version) => version, inPairs: false }, (file) => {
      const stem = stemOf(file.path)
      const version = leadingDigits(stem)
      if (version === '' || stem[version.length] !== '_' || isOldInit(stem)) return passedOver
      const read = {
        version,
        name: stem.slice(version.length + 1),
        direction: 'up',
        transaction: 'message',
      } as const
      return { migrations: [migrationOf(file, read, 'supabase')], problems: [] }
    }),
}
