/** `VERSION_name.sql` of dbmate: both directions in one file, each sent as one message, in a transaction or without. */
import type { EmitTool } from './emit-tool.ts'
import { commentLines, terminated } from './piece.ts'

export const dbmate: EmitTool = {
  advice:
    'A file runs in one transaction; with transaction:false it is sent as one message, and holds one statement. After a failure run dbmate up again.',
  files: ({ version, name, comment, transaction, up, down }) => {
    const mode = transaction ? '' : ' transaction:false'
    return [
      {
        path: `${version}_${name}.sql`,
        text: [
          commentLines(comment),
          `-- migrate:up${mode}\n\n${terminated(up)}`,
          `-- migrate:down${mode}\n\n${terminated(down)}\n`,
        ].join('\n\n'),
      },
    ]
  },
}
