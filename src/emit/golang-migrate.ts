/**
 * `VERSION_name.(up|down).sql` of golang-migrate, which sends a file as one message and opens no transaction. Several
 * statements of one message are a transaction all the same, so a file that must not be in one holds one statement.
 */
import type { EmitTool } from './emit-tool.ts'
import { commentLines, terminated, type Piece } from './piece.ts'

export const golangMigrate: EmitTool = {
  advice:
    'Leave x-multi-statement off: it would cut DO blocks and functions at their semicolons. After a failure the version is marked dirty, though its file has left nothing half done: say migrate force with the version before it, then migrate up.',
  files: ({ version, name, comment, transaction, up, down }) => [
    {
      path: `${version}_${name}.up.sql`,
      text: `${commentLines(comment)}\n\n${body(up, transaction)}\n`,
    },
    { path: `${version}_${name}.down.sql`, text: `${body(down, transaction)}\n` },
  ],
}

function body(statements: Piece['up'], transaction: boolean): string {
  return transaction ? `BEGIN;\n\n${terminated(statements)}\n\nCOMMIT;` : terminated(statements)
}
