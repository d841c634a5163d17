/** The page of a rule, written from the rule: manual for a person, golden file for the test run. */
import type { DraftStep } from '../../src/model/plan.ts'
import { caretFrame } from '../../src/report/caret-frame.ts'
import type { RuleDetection } from '../../src/rules/detect.ts'
import type { Example, Replacement, Rule } from '../../src/rules/define-rule.ts'
import { lineIndex } from '../../src/sql/line-index.ts'
import { anyServer, judgeExample, onlyServer, sqlOfExample, transactionOf } from './rule-example.ts'

export function rulePage(rule: Rule): string {
  const { docs, examples } = rule
  const parts = [
    `# ${rule.id}`,
    `**${rule.severity}**: ${docs.what}`,
    ...(rule.optIn === true
      ? ['Off unless the config names it: `"rules": { "' + rule.id + '": "' + rule.severity + '" }`.']
      : []),
    `## Why\n\n${docs.why}`,
    `## Instead\n\n${docs.instead}`,
    `## Reference\n\n${docs.reference.startsWith('https://') ? `<${docs.reference}>` : docs.reference}`,
    '## Examples',
    `The database that they meet; its tables are in use:\n\n${sqlBlock(dedented(examples.setup))}`,
    ...(examples.live === undefined ? [] : [examples.live.words]),
    ...examples.unsafe.map((example, index) => unsafePart(rule, example, index + 1)),
    `### Safe\n\nThis rule finds nothing in them.`,
    ...examples.safe.map((example) => `${lead(example)}${sqlBlock(sqlOfExample(example))}`),
  ]
  return `${parts.join('\n\n')}\n`
}

function unsafePart(rule: Rule, example: Example, number: number): string {
  const { detections, script } = judgeExample(rule, example, anyServer)
  const own = detections.filter((detection) => detection.rule === rule)
  const others = [
    ...new Set(
      detections.filter((one) => one.rule !== rule && one.rule.optIn !== true).map((one) => one.rule.id),
    ),
  ]
  const lines = lineIndex(script.text)
  const frames = own.map(({ span, message, severity }) => {
    const position = lines.positionOf(span, script.path)
    const mark = severity === rule.severity ? '' : `${severity}: `
    return `${caretFrame(position, lines.lineText(position.line))}\n${mark}${message}`
  })
  const parts = [
    `### Unsafe ${number}`,
    `${lead(example)}${sqlBlock(script.text)}`,
    textBlock(frames.join('\n\n')),
    ...replacements(rule, example),
  ]
  if (rule.examples.refused !== undefined) {
    parts.push(`PostgreSQL${majorsOf(rule)} refuses it with ${rule.examples.refused}.`)
  }
  if (others.length > 0) parts.push(`Found as well: ${others.map((id) => `[${id}](${id}.md)`).join(', ')}.`)
  return parts.join('\n\n')
}

/** Which of the servers it is that do what the examples show. */
function majorsOf({ examples: { majors = {} } }: Rule): string {
  const from = majors.min === undefined ? '' : ` from ${String(majors.min)} on`
  return majors.max === undefined ? from : `${from} up to ${String(majors.max)}`
}

function lead(example: Example): string {
  return transactionOf(example) === 'statement' ? 'Each statement sent on its own:\n\n' : ''
}

/** What the plan does in its place, once for every server where all do the same. */
function replacements(rule: Rule, example: Example): readonly string[] {
  const before = replacementText(ownDetections(rule, example, 17))
  const since = replacementText(ownDetections(rule, example, 18))
  if (before === '') return []
  if (before === since) return [`What a plan does instead:\n\n${before}`]
  return [
    `What a plan does instead, on PostgreSQL 14 to 17:\n\n${before}`,
    `And from PostgreSQL 18 on:\n\n${since}`,
  ]
}

function ownDetections(rule: Rule, example: Example, major: number): readonly RuleDetection[] {
  return judgeExample(rule, example, onlyServer(major)).detections.filter((one) => one.rule === rule)
}

function replacementText(detections: readonly RuleDetection[]): string {
  return detections
    .flatMap(({ replace }) => (replace === null ? [] : [replace()]))
    .map(oneReplacement)
    .join('\n\n')
}

function oneReplacement(replacement: Replacement): string {
  if ('cannot' in replacement) return `> It cannot be planned: ${replacement.cannot}`
  const notes = (replacement.notes ?? []).map((note) => `> ${note}`)
  return [sqlBlock(replacement.steps.map(stepText).join('\n\n')), ...notes].join('\n\n')
}

function stepText(step: DraftStep): string {
  const head = `-- ${step.phase} · ${step.kind}: ${step.title}`
  return [head, ...locksText(step), ...statementsOf(step), ...undoText(step)].join('\n')
}

function locksText({ locks }: DraftStep): readonly string[] {
  if (locks.length === 0) return []
  return [`-- locks: ${locks.map(({ relation, mode }) => `${mode} on ${relation}`).join(', ')}`]
}

function statementsOf(step: DraftStep): readonly string[] {
  switch (step.kind) {
    case 'ddl':
      return step.sql.map((sql) => `${shortened(sql)};`)
    case 'check':
      return step.before.flatMap((condition) =>
        condition.kind === 'no-rows' ? [`${shortened(condition.sql)};`] : [],
      )
    case 'record-history':
    case 'gate':
      return []
    case 'in-batches':
      return [
        `${step.sql};`,
        ...step.after.flatMap((one) => (one.kind === 'no-rows' ? [`-- left over, none: ${one.sql}`] : [])),
      ]
    case 'patient':
    case 'create-index':
    case 'drop-index':
    case 'rows':
    case 'capture':
      return [`${step.sql};`]
  }
}

const shownLinesMax = 45

/** What reads the server's catalogs fills pages, and is the same on all of them: a plan has the whole of it. */
function shortened(sql: string): string {
  const lines = sql.split('\n')
  if (lines.length <= shownLinesMax) return sql
  const left = lines.length - 6
  return [...lines.slice(0, 4), `  -- … ${left} lines more …`, ...lines.slice(-2)].join('\n')
}

function undoText({ undo }: DraftStep): readonly string[] {
  switch (undo.kind) {
    case 'sql':
      return undo.sql.map((sql) => `-- undo: ${shortened(sql)}`)
    case 'nothing':
      return []
    case 'never':
      return [`-- no way back: ${undo.because}`]
  }
}

function sqlBlock(sql: string): string {
  return `\`\`\`sql\n${sql}\n\`\`\``
}

function textBlock(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\``
}

/** Without the indentation that its place in the rule's source gives it. */
function dedented(text: string): string {
  const lines = text.split('\n').filter((line, index) => index > 0 || line.trim() !== '')
  const depth = Math.min(
    ...lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length),
  )
  return lines
    .map((line) => line.slice(depth))
    .join('\n')
    .trimEnd()
}
