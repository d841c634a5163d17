/** The measured table: what was seen by case, majors that saw the same together; and its text. */
import type { MeasuredCase, MeasuredTable, Sight } from '../model/laboratory.ts'

export interface SightOfMajor {
  readonly major: number
  readonly sql: string
  readonly autocommit: boolean
  readonly sight: Sight
}

type Tried = Pick<MeasuredCase, 'sql' | 'autocommit'>

/** In the order of `cases`, each statement once for each way in which it is run; sights in the order of majors. */
export function groupByMajor(cases: readonly Tried[], sights: readonly SightOfMajor[]): MeasuredCase[] {
  const groups = new Map(cases.map((one) => [caseKey(one), { one, seen: new Map<string, Group>() }]))
  for (const { major, sight, ...tried } of sights) {
    const seen = groups.get(caseKey(tried))?.seen
    const key = JSON.stringify(sight)
    const group = seen?.get(key) ?? { majors: [], sight }
    group.majors.push(major)
    seen?.set(key, group)
  }
  const tried = [...groups.values()].filter(({ seen }) => seen.size > 0)
  return tried.map(({ one: { sql, autocommit }, seen }) => ({
    sql,
    autocommit,
    seen: [...seen.values()].map(({ majors, sight }) => ({ majors, ...sight })),
  }))
}

interface Group {
  readonly majors: number[]
  readonly sight: Sight
}

/** A statement may be refused in a transaction and run outside. */
export function caseKey({ sql, autocommit }: Tried): string {
  return `${autocommit ? 'autocommit' : 'transaction'} ${sql}`
}

/** Cases that were tried anew in the place of what was seen of them before; the others stay, in the order of `cases`. */
export function renewed(before: MeasuredTable, after: MeasuredTable, cases: readonly Tried[]): MeasuredTable {
  const known = new Map([...before.cases, ...after.cases].map((one) => [caseKey(one), one]))
  const keys = [...new Set(cases.map(caseKey))]
  return { servers: after.servers, cases: keys.flatMap((key) => known.get(key) ?? []) }
}

/** One line a case. */
export function measuredText({ servers, cases }: MeasuredTable): string {
  const lines = cases.map((one) => `    ${JSON.stringify(one)}`)
  return `{\n  "servers": ${JSON.stringify(servers)},\n  "cases": [\n${lines.join(',\n')}\n  ]\n}\n`
}
