/**
 * A plan as migrations for another runner: a folder for each phase, to be copied into the runner's own when its turn
 * comes. Pure: plan in, files out.
 */
import type { Plan } from '../model/plan.ts'
import { dbmate } from './dbmate.ts'
import type { EmitTool } from './emit-tool.ts'
import { flyway } from './flyway.ts'
import { golangMigrate } from './golang-migrate.ts'
import { goose } from './goose.ts'
import { ory } from './ory.ts'
import type { EmittedFile } from './piece.ts'
import { piecesOf, type EmittedPhase } from './pieces.ts'
import { plainSql } from './plain-sql.ts'
import { versionsAfter } from './version-after.ts'

export const emitToolNames = ['ory', 'golang-migrate', 'goose', 'dbmate', 'flyway', 'sql'] as const
export type EmitToolName = (typeof emitToolNames)[number]

const tools: Readonly<Record<EmitToolName, EmitTool>> = {
  ory,
  'golang-migrate': golangMigrate,
  goose,
  dbmate,
  flyway,
  sql: plainSql,
}

export function emitPlan(plan: Plan, tool: EmitToolName): readonly EmittedFile[] {
  const phases = piecesOf(plan)
  const all = phases.flatMap(({ folder, pieces }) => pieces.map((piece) => ({ folder, piece })))
  const last = plan.sources.at(-1)?.version ?? ''
  const versions = versionsAfter(last, all.length, tool === 'flyway' ? 'dotted' : 'number')
  const files = all.flatMap(({ folder, piece }, at) =>
    tools[tool]
      .files({ ...piece, version: versions[at] ?? '' })
      .map(({ path, text }) => ({ path: `${folder}/${path}`, text })),
  )
  return [
    { path: 'README.md', text: readme(plan, tool, phases) },
    ...phases.map((phase) => ({ path: `${phase.folder}/README.md`, text: phaseReadme(phase) })),
    ...files,
  ]
}

function readme(plan: Plan, tool: EmitToolName, phases: readonly EmittedPhase[]): string {
  const proof =
    plan.proof === null ? 'not proved' : `${plan.proof.verdict} on PostgreSQL ${plan.proof.serverVersion}`
  const parts = [
    `# Plan ${plan.id} for ${tool === 'sql' ? 'psql' : tool}`,
    `For PostgreSQL ${plan.server.major}, ${proof}, digest \`${plan.digest}\`. These files take the place of:`,
    plan.sources.map(({ path }) => `- ${path}`).join('\n'),
    'Copy one folder after the other into the folder of your migrations, and run them there:',
    phases
      .map(({ folder, gates }) =>
        [`1. \`${folder}\``, ...gates.map((gate) => `once this is true: ${gate}`)].join(', '),
      )
      .join('\n'),
    `## What is different from \`migrate apply\``,
    [
      `- ${tools[tool].advice}`,
      '- A statement that does not get its lock within its lock_timeout fails, and is for you to run again: nobody looks who is in the way.',
      '- An index that could not be built is left INVALID: drop it with DROP INDEX CONCURRENTLY before its file runs again.',
      '- Batches have one size, and a DO block that commits after each; run again, it goes on behind the last that has committed.',
      '- What the files keep in mind is in the tables batches, captured and answers of schema lockstep, which may go when all is done.',
    ].join('\n'),
    ...(plan.notes.length === 0 ? [] : ['## Notes', plan.notes.map((note) => `- ${note}`).join('\n')]),
  ]
  return `${parts.join('\n\n')}\n`
}

function phaseReadme({ folder, phase, gates, pieces }: EmittedPhase): string {
  const parts = [
    `# ${folder}`,
    ...gates.map((gate) => `Not before this is true: ${gate}`),
    phase.name === 'contract'
      ? 'The application of before must be gone: what follows takes away what it uses.'
      : 'The application of before and the new one both work, before and after.',
    pieces
      .map(
        ({ name, transaction, comment }) =>
          `- ${name}${transaction ? '' : ' (no transaction)'}: ${oneLine(comment[0] ?? '')}`,
      )
      .join('\n'),
  ]
  return `${parts.join('\n\n')}\n`
}

function oneLine(text: string): string {
  return text.split('\n').join(' ')
}
