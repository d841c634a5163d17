/** `VERSION_name.sql` of goose: both directions in one file, each statement between marks, or it is cut at semicolons. */
import type { EmitTool } from './emit-tool.ts'
import { commentLines, type Piece } from './piece.ts'

export const goose: EmitTool = {
  advice:
    'A file runs in one transaction, unless it says NO TRANSACTION. After a failure run goose up again.',
  files: ({ version, name, comment, transaction, up, down }) => [
    {
      path: `${version}_${name}.sql`,
      text: [
        commentLines(comment),
        ...(transaction ? [] : ['-- +goose NO TRANSACTION']),
        `-- +goose Up\n${marked(up)}`,
        `-- +goose Down\n${marked(down)}\n`,
      ].join('\n\n'),
    },
  ],
}

function marked(statements: Piece['up']): string {
  return statements
    .map((statement) => `-- +goose StatementBegin\n${statement};\n-- +goose StatementEnd`)
    .join('\n\n')
}
