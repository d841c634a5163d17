import type { Phase, Plan, Stage, Step } from '../model/plan.ts'
import { code, fenced, tableRow, text } from './markdown.ts'
import {
  allSteps,
  duringWords,
  locksLine,
  originLine,
  phaseMeaning,
  proofLine,
  sendingLine,
  sqlOf,
  undoLine,
} from './plan-words.ts'

/** What a reviewer reads in a pull request: the phases as tables first, then every step with its SQL. */
export function planMarkdown(plan: Plan): string {
  const steps = allSteps(plan)
  const gates = steps.filter(({ kind }) => kind === 'gate').length
  const blocks = [
    `# Plan ${code(plan.id)}`,
    [
      `- ${counted(steps.length - gates)}, ${gates === 0 ? 'no gate' : gates === 1 ? 'one gate' : `${gates} gates`}, for PostgreSQL ${plan.server.major}`,
      `- Proof: ${proofLine(plan)}`,
      `- No application waits for a lock of this plan longer than ${plan.server.stallBudgetMs} ms at a time`,
      `- Digest ${code(plan.digest)}`,
    ].join('\n'),
    ...listBlock(
      'Sources',
      plan.sources.map(({ path, sha256 }) => `${code(path)}, sha256 ${code(sha256.slice(0, 12))}`),
    ),
    ...listBlock('Notes', plan.notes.map(text)),
    ...listBlock('Where the end differs from the author’s', plan.differences.map(text)),
    ...listBlock(
      'What must stay true',
      plan.invariants.map(
        ({ name, sql, expect, during }) =>
          `${text(name)} (${expect === 'same' ? 'the same answer' : 'no row'}${during === undefined ? '' : `, ${duringWords(during)}`}): ${code(sql)}`,
      ),
    ),
    ...plan.stages.flatMap((stage) => stageBlocks(stage, plan)),
  ]
  return `${blocks.join('\n\n')}\n`
}

function counted(steps: number): string {
  return steps === 1 ? 'one step' : `${steps} steps`
}

function listBlock(title: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : [`## ${title}`, items.map((item) => `- ${item}`).join('\n')]
}

function stageBlocks({ number, phases }: Stage, plan: Plan): readonly string[] {
  const prefix = plan.stages.length === 1 ? '' : `Stage ${number}, `
  return phases.flatMap((phase) => [
    `## ${prefix}${phase.name}: ${phaseMeaning[phase.name]}`,
    phaseTable(phase),
    ...phase.steps.map((step) => stepBlock(step, plan.server.stallBudgetMs)),
  ])
}

function phaseTable({ steps }: Phase): string {
  const rows = steps.map((step, at) => [
    String(at + 1),
    text(step.title),
    step.kind,
    text(locksLine(step.locks)),
    undoWord(step),
  ])
  const head = ['#', 'step', 'kind', 'locks', 'undo']
  return [head, head.map(() => '---'), ...rows].map(tableRow).join('\n')
}

function undoWord({ undo }: Step): string {
  switch (undo.kind) {
    case 'sql':
      return 'yes'
    case 'nothing':
      return 'nothing to undo'
    case 'never':
      return '**never**'
  }
}

function stepBlock(step: Step, stallBudgetMs: number): string {
  const facts = [
    `from ${text(originLine(step))}`,
    step.kind === 'gate'
      ? `waits for ${text(step.waitFor)}`
      : `sent ${text(sendingLine(step, stallBudgetMs))}`,
    step.undo.kind === 'sql' ? `undo: ${code(undoLine(step.undo))}` : `undo: ${text(undoLine(step.undo))}`,
  ]
  const sql = sqlOf(step)
    .map((one) => `${one};`)
    .join('\n')
  return [
    `### ${code(step.id)}`,
    text(step.title),
    facts.map((fact) => `- ${fact}`).join('\n'),
    ...(sql === '' ? [] : [fenced(sql)]),
  ].join('\n\n')
}
