/**
 * Every rule of the registry, by its own examples: the detector must find the unsafe ones and not the safe ones, and the
 * page beside the rule is what this test writes. A rule needs no test code of its own.
 */
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { DraftStep } from '../src/model/plan.ts'
import { blocksWrites } from '../src/postgres/lock-mode.ts'
import type { Replacement, Rule } from '../src/rules/define-rule.ts'
import { rules } from '../src/rules/index.ts'
import { loadParser } from '../src/sql/parser.ts'
import { anyServer, judgeExample, onlyServer, sqlOfExample } from './support/rule-example.ts'
import { rulePage } from './support/rule-page.ts'

const folder = resolve(import.meta.dirname, '../src/rules')
/** What stands in the folder beside the rules: the frame that they share. */
const frame = [
  'define-rule',
  'detect',
  'index',
  'listed',
  'new-columns',
  'recipes',
  'strongest-locks',
  'who-waits',
]

const cases = (examples: Rule['examples']['unsafe']) =>
  examples.map((example, index) => ({ number: index + 1, sql: sqlOfExample(example), example }))

beforeAll(loadParser)

describe('the registry', () => {
  it('lists every rule of the folder, under the name of its file', () => {
    const files = namesIn('.ts').filter((name) => !frame.includes(name))
    expect(rules.map(({ id }) => id).sort()).toEqual(files)
  })

  it('has a page for each rule, and no page without one', () => {
    expect(namesIn('.md')).toEqual(rules.map(({ id }) => id).sort())
  })
})

describe.each(rules.map((rule) => ({ id: rule.id, rule })))('$id', ({ rule }) => {
  it('has a page', async () => {
    await expect(rulePage(rule)).toMatchFileSnapshot(join(folder, `${rule.id}.md`))
  })

  it('says what, who and what to do in whole sentences', () => {
    for (const text of [rule.docs.what, rule.docs.why, rule.docs.instead]) expect(text).toMatch(/^\S.*\.$/)
    expect(rule.examples.unsafe.length).toBeGreaterThan(0)
    expect(rule.examples.safe.length).toBeGreaterThan(0)
  })

  it.each(cases(rule.examples.unsafe))('finds unsafe $number: $sql', ({ example }) => {
    const found = judgeExample(rule, example, anyServer).detections.filter((one) => one.rule === rule)
    expect(found.length).toBeGreaterThan(0)
    for (const { message } of found) expect(message).toMatch(/^\S.*\.$/)
  })

  it.each(cases(rule.examples.safe))('finds nothing in safe $number: $sql', ({ example }) => {
    const found = judgeExample(rule, example, anyServer).detections.filter((one) => one.rule === rule)
    expect(found.map(({ message }) => message)).toEqual([])
  })

  it.each(cases(rule.examples.unsafe))('offers whole steps for unsafe $number: $sql', ({ example }) => {
    const flaws = [14, 15, 16, 17, 18].flatMap((major) =>
      judgeExample(rule, example, onlyServer(major)).detections.flatMap(({ replace }) =>
        replace === null ? [] : flawsOfReplacement(replace()),
      ),
    )
    expect(flaws).toEqual([])
  })
})

const lasting = rules.filter((rule) => rule.lastsAsLongAsRows === true)

describe.each(lasting.map((rule) => ({ id: rule.id, rule })))('$id', ({ rule }) => {
  it.each(cases(rule.examples.unsafe))('lasts as long as rows in unsafe $number: $sql', ({ example }) => {
    const { judged, detections } = judgeExample(rule, example, onlyServer(rule.examples.majors?.max ?? 18))
    for (const { claims } of detections.filter((one) => one.rule === rule)) {
      const effects = claims.flatMap((claim) => judged[claim]?.effect ?? [])
      const worked = effects.flatMap((one) => [one.rewrites, one.builds, one.scans, one.changesRows].flat())
      expect(worked).not.toEqual([])
    }
  })
})

function flawsOfReplacement(replacement: Replacement): readonly string[] {
  if ('cannot' in replacement) {
    return /^\S.*\.$/.test(replacement.cannot) ? [] : [`this is no sentence: ${replacement.cannot}`]
  }
  return replacement.steps.length === 0 ? ['it has no steps'] : replacement.steps.flatMap(flawsOfStep)
}

const asksOnly = new Set(['check', 'gate'])
const changesRows = new Set(['in-batches', 'rows'])

/** A step says what it leaves behind and how it is undone, and only an instant's work is done under a strong lock. */
function flawsOfStep(step: DraftStep): readonly string[] {
  const flaws = {
    'has no slug': step.slug === '',
    'has no title': step.title === '',
    'touches nothing': Object.values(step.touches).flat().length === 0,
    'does not say what holds afterwards':
      step.after.length === 0 && !asksOnly.has(step.kind) && !changesRows.has(step.kind),
    'declares no lock': step.locks.length === 0 && !asksOnly.has(step.kind) && meetsTable(step),
    'holds a strong lock for long':
      step.kind !== 'ddl' && step.kind !== 'rows' && step.locks.some(({ mode }) => blocksWrites(mode)),
    'waits too long for its lock': step.kind === 'ddl' && step.lockTimeoutMs > 200,
  }
  return Object.entries(flaws).flatMap(([flaw, has]) => (has ? [`${step.title}: ${flaw}`] : []))
}

/** A type has no lock that pg_locks would show on a relation. */
function meetsTable({ touches }: DraftStep): boolean {
  return Object.values(touches)
    .flat()
    .some((object) => !object.startsWith('type ') && !object.startsWith('statement '))
}

function namesIn(ending: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending) && !name.endsWith(`.test${ending}`))
    .map((name) => name.slice(0, -ending.length))
    .sort()
}
