/** `VERSION_name[.autocommit].(up|down).sql` of Ory's popx; `.autocommit` is sent without a transaction. */
import type { EmitTool } from './emit-tool.ts'
import { commentLines, terminated, type NumberedPiece } from './piece.ts'

export const ory: EmitTool = {
  advice:
    'A file runs in one transaction; one with .autocommit in its name is sent as it is, and holds one statement. After a failure run the migrations again.',
  files: (piece) => [
    { path: nameOf(piece, 'up'), text: `${commentLines(piece.comment)}\n\n${terminated(piece.up)}\n` },
    { path: nameOf(piece, 'down'), text: `${terminated(piece.down)}\n` },
  ],
}

function nameOf({ version, name, transaction }: NumberedPiece, direction: 'up' | 'down'): string {
  return `${version}_${name}${transaction ? '' : '.autocommit'}.${direction}.sql`
}
