/**
 * `VVERSION__name.sql` of Flyway with `UVERSION__name.sql` for the way back, and a `.sql.conf` beside each: no
 * placeholders, for SQL may hold `${`, and no transaction where there must be none.
 */
import type { EmitTool } from './emit-tool.ts'
import { commentLines, terminated, type EmittedFile, type NumberedPiece, type Piece } from './piece.ts'

export const flyway: EmitTool = {
  advice:
    'A file runs in one transaction, unless the .conf beside it says executeInTransaction=false. A failed file that ran without one is marked failed: flyway repair, then flyway migrate.',
  files: (piece) => [...directed(piece, 'V', piece.up), ...directed(piece, 'U', piece.down)],
}

function directed(piece: NumberedPiece, prefix: 'V' | 'U', statements: Piece['up']): readonly EmittedFile[] {
  const path = `${prefix}${piece.version}__${piece.name}.sql`
  const conf = ['placeholderReplacement=false', ...(piece.transaction ? [] : ['executeInTransaction=false'])]
  return [
    { path, text: `${commentLines(piece.comment)}\n\n${terminated(statements)}\n` },
    { path: `${path}.conf`, text: `${conf.join('\n')}\n` },
  ]
}
