/** `VERSION_name.(up|down).sql` for psql, or for a runner that opens no transaction. */
import type { EmitTool } from './emit-tool.ts'
import { golangMigrate } from './golang-migrate.ts'

export const plainSql: EmitTool = {
  advice:
    'Run them one after the other with psql -v ON_ERROR_STOP=1 -f FILE, without --single-transaction. After a failure run the same file again.',
  files: golangMigrate.files,
}
