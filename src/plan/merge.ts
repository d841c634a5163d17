/** Several catalog-only drafts as one step: what the author wrote as one statement, or as one transaction. */
import { sqlOfStep } from '../model/step-sql.ts'
import type { DraftStep, PhaseName, Touches, Undo } from '../model/plan.ts'
import { strongest } from '../rules/strongest-locks.ts'
import { phaseNames } from './order.ts'

/**
 * One step with the drafts' SQL, or with `sql` in its place. Conditions are those at the beginning and at the end, so
 * what one draft makes and a later one changes is not asked for.
 */
export function mergeSteps(drafts: readonly DraftStep[], sql: readonly string[] | null): DraftStep | null {
  const [first] = drafts
  const [head, ...tail] = sql ?? drafts.flatMap(sqlOfStep)
  if (first === undefined || head === undefined) return null
  if (drafts.length === 1 && sql === null) return first
  const rest = drafts.length - 1
  const common = {
    slug: rest === 0 ? first.slug : `${first.slug} and ${rest} more`,
    title:
      rest === 0
        ? first.title
        : drafts.length === 2
          ? titlesOf(drafts)
          : `${first.title}, and ${rest} more changes`,
    phase: drafts.map(({ phase }) => phase).reduce(laterPhase),
    touches: mergedTouches(drafts),
    locks: [...strongest(drafts.flatMap(({ locks }) => locks))],
    undo: mergedUndo(drafts),
  }
  const after = lastWord(drafts.map((draft) => draft.after))
  const timeouts = { lockTimeoutMs: 50, statementTimeoutMs: 5_000 }
  const before = firstWord(drafts.map((draft) => draft.before))
  // Without anything to look at afterwards, or with nothing but names that were taken before, only the journal can know.
  if (after.every((condition) => isNamedIn(before, condition))) {
    return { kind: 'rows', ...common, before: [], after: [], sql: [head, ...tail].join(';\n'), ...timeouts }
  }
  const mirrors = drafts.flatMap((draft) => (draft.kind === 'ddl' ? (draft.mirrors ?? []) : []))
  return {
    kind: 'ddl',
    ...common,
    before,
    after,
    sql: [head, ...tail],
    ...timeouts,
    ...(mirrors.length === 0 ? {} : { mirrors }),
  }
}

function titlesOf(drafts: readonly DraftStep[]): string {
  return drafts.map(({ title }) => title).join('; ')
}

function laterPhase(one: PhaseName, other: PhaseName): PhaseName {
  return phaseNames.indexOf(one) >= phaseNames.indexOf(other) ? one : other
}

function mergedTouches(drafts: readonly DraftStep[]): Touches {
  const all = (access: keyof Touches) => [...new Set(drafts.flatMap(({ touches }) => touches[access]))].sort()
  return { creates: all('creates'), reads: all('reads'), changes: all('changes'), drops: all('drops') }
}

type Conditions = DraftStep['after']
type Condition = Conditions[number]

/** What a condition speaks of; two of the same subject cannot both be the last word. */
function subjectOf(condition: Condition): string {
  switch (condition.kind) {
    case 'table':
      return `table ${condition.table}`
    case 'column':
      return `column ${condition.table} ${condition.column}`
    case 'column-default':
      return `default ${condition.table} ${condition.column}`
    case 'column-not-null':
      return `not null ${condition.table} ${condition.column}`
    case 'column-identity':
      return `identity ${condition.table} ${condition.column}`
    case 'constraint':
      return `constraint ${condition.table} ${condition.constraint}`
    case 'index':
      return `index ${condition.index}`
    case 'trigger':
      return `trigger ${condition.table} ${condition.trigger}`
    case 'enum-value':
      return `value ${condition.value} of ${condition.type}`
    case 'no-rows':
      return `rows ${condition.sql}`
  }
}

function lastWord(lists: readonly Conditions[]): Conditions {
  const bySubject = new Map(lists.flat().map((condition) => [subjectOf(condition), condition]))
  return [...bySubject.values()].filter((condition) => !isMoot(condition, bySubject))
}

/** What is said of a column of a table, or of a default of a column, that is gone in the end. */
function isMoot(condition: Condition, all: ReadonlyMap<string, Condition>): boolean {
  const isGone = (subject: string) => {
    const found = all.get(subject)
    return found !== undefined && 'exists' in found && !found.exists
  }
  if (!('table' in condition) || condition.kind === 'table') return false
  if (isGone(`table ${condition.table}`)) return true
  const isOfColumn =
    condition.kind === 'column-default' ||
    condition.kind === 'column-not-null' ||
    condition.kind === 'column-identity'
  return isOfColumn && isGone(`column ${condition.table} ${condition.column}`)
}

/** Only what the first of them to speak of a thing asks: the others find what the earlier ones have made. */
function firstWord(lists: readonly Conditions[]): Conditions {
  const bySubject = new Map<string, Condition>()
  const made = new Set<string>()
  for (const condition of lists.flat()) {
    const subject = subjectOf(condition)
    if (!bySubject.has(subject)) bySubject.set(subject, condition)
    if ('exists' in condition && !condition.exists && condition.kind === 'table') made.add(condition.table)
  }
  return [...bySubject.values()].filter(
    (condition) => condition.kind === 'table' || !('table' in condition) || !made.has(condition.table),
  )
}

/** Both lists say that it exists: looking would find the old one and take it for the new one. */
function isNamedIn(before: Conditions, condition: Condition): boolean {
  if (!('exists' in condition) || !condition.exists) return false
  const subject = subjectOf(condition)
  return before.some((one) => subjectOf(one) === subject && 'exists' in one && one.exists)
}

function mergedUndo(drafts: readonly DraftStep[]): Undo {
  const undos = drafts.map(({ undo }) => undo).reverse()
  const never = undos.flatMap((undo) => (undo.kind === 'never' ? [undo.because] : []))
  if (never.length > 0) return { kind: 'never', because: [...new Set(never)].join('; ') }
  const [head, ...tail] = undos.flatMap((undo) => (undo.kind === 'sql' ? undo.sql : []))
  if (head === undefined) {
    const because = undos.flatMap((undo) => (undo.kind === 'nothing' ? [undo.because] : []))
    return { kind: 'nothing', because: [...new Set(because)].join('; ') }
  }
  return {
    kind: 'sql',
    sql: [head, ...tail],
    concurrently: undos.some((undo) => undo.kind === 'sql' && undo.concurrently),
    locks: [...strongest(undos.flatMap((undo) => (undo.kind === 'sql' ? undo.locks : [])))],
    ...locksOfEach(undos),
  }
}

/** Of a transaction that becomes statements, each is taken for as strong as all of it. */
function locksOfEach(undos: readonly Undo[]): Pick<Extract<Undo, { kind: 'sql' }>, 'locksOfEach'> {
  const sql = undos.flatMap((undo) => (undo.kind === 'sql' ? [undo] : []))
  const isOneByOne = sql.some(({ concurrently }) => concurrently)
  const isStrong = sql.some((undo) => !undo.concurrently || undo.locksOfEach !== undefined)
  if (!isOneByOne || !isStrong) return {}
  return { locksOfEach: sql.flatMap((undo) => undo.locksOfEach ?? undo.sql.map(() => undo.locks)) }
}
