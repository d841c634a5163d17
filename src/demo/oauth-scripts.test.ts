import { describe, expect, test } from 'vitest'
import { fate, fates, key, rowCounts, signature } from './keys.ts'
import { firstScripts, laterScripts } from './oauth-scripts.ts'
import { createRandom, uniform, zipf } from './random.ts'
import { statementsOf1x } from './statements-of-1x.ts'
import { statementsOf2x } from './statements-of-2x.ts'
import { pickScript, type WorkloadScript } from './workload.ts'

const scale = { tokens: 1000 }
const nid = '3f1b4a52-5d0e-4b61-9c67-2f8f4a3c9e10'
const applications = [
  { name: '1.0', scripts: firstScripts(statementsOf1x) },
  { name: '1.x', scripts: laterScripts(statementsOf1x) },
  { name: '2.x', scripts: laterScripts(statementsOf2x(nid)) },
]
const scripts1x = laterScripts(statementsOf1x)

function script(name: string): WorkloadScript {
  const found = scripts1x.find((script) => script.name === name)
  if (found === undefined) throw new Error(`no script ${name}`)
  return found
}

function run(worker: number, times: number): string[] {
  const random = createRandom(7, worker)
  return Array.from({ length: times }, () => pickScript(scripts1x, random).statements(random, scale)).map(
    (statements) => JSON.stringify(statements),
  )
}

describe.each(applications)('the $name application', ({ scripts }) => {
  test('has weights that are per cent, and names that are its scripts’ alone', () => {
    expect(scripts.reduce((sum, { weight }) => sum + weight, 0)).toBe(100)
    expect(new Set(scripts.map(({ name }) => name)).size).toBe(scripts.length)
  })

  test('runs scripts about as often as they weigh', () => {
    const random = createRandom(1, 0)
    const picked = new Map<string, number>()
    for (let i = 0; i < 20_000; i++) {
      const { name } = pickScript(scripts, random)
      picked.set(name, (picked.get(name) ?? 0) + 1)
    }
    const off = scripts.filter(({ name, weight }) => {
      const share = (picked.get(name) ?? 0) / 200
      return Math.abs(share - weight) > weight * 0.3
    })
    expect(off).toEqual([])
  })

  test('uses every parameter, and has a value for every use', () => {
    const random = createRandom(3, 0)
    for (const { text, values } of scripts.flatMap((script) => script.statements(random, scale))) {
      const used = new Set(Array.from(text.matchAll(/\$(\d+)/g), ([, index]) => Number(index)))
      const given = new Set(values.map((_, index) => index + 1))
      expect({ text, used }).toEqual({ text, used: given })
    }
  })

  test('has work at the smallest scale', () => {
    const random = createRandom(11, 0)
    for (let i = 0; i < 500; i++) {
      for (const script of scripts) expect(script.statements(random, { tokens: 20 })).not.toEqual([])
    }
    expect(() => rowCounts(19)).toThrow(RangeError)
  })
})

test('applications differ in their words only: the same chance leads to the same rows', () => {
  const [keys1x, keys2x] = [applications[1], applications[2]].map((application) => {
    const random = createRandom(13, 0)
    return application?.scripts.map((script) => [script.name, script.statements(random, scale)[0]?.values[0]])
  })
  expect(keys2x).toEqual(keys1x)
})

test('the 1.0 application knows nothing that came later', () => {
  const random = createRandom(17, 0)
  const texts = firstScripts(statementsOf1x).flatMap((script) =>
    script.statements(random, scale).map(({ text }) => text),
  )
  expect(texts.join('\n')).not.toMatch(/jti_blacklist|trusted_jwt|amr|handled_at|\bnid\b/)
})

test('one seed and worker give one load, another worker another', () => {
  expect(run(0, 200)).toEqual(run(0, 200))
  expect(run(0, 200)).not.toEqual(run(1, 200))
})

test('no two workers insert one key, nor one that was loaded', () => {
  const keys: unknown[] = []
  for (let worker = 0; worker < 4; worker++) {
    const random = createRandom(7, worker)
    for (let i = 0; i < 250; i++) {
      const inserts = script('code-exchange').statements(random, scale).slice(-2)
      for (const { text, values } of inserts) {
        expect(text).toMatch(/^INSERT/)
        keys.push(values[0])
      }
    }
  }
  for (let id = 1; id <= scale.tokens; id++) keys.push(signature('access', id), signature('refresh', id))
  expect(new Set(keys).size).toBe(keys.length)
})

test('tokens are granted only to flows that went through, and only to loaded rows', () => {
  const granted = new Set<unknown>()
  for (let id = 1; id <= scale.tokens; id++) {
    if (id % fates > fate.revoked) granted.add(key('request', id))
  }
  const random = createRandom(5, 0)
  for (let i = 0; i < 2000; i++) {
    const [update] = script('revoke').statements(random, scale)
    expect(granted).toContain(update?.values[0])
  }
})

test('a popular key is popular, an even choice even, and both stay in bounds', () => {
  const random = createRandom(9, 0)
  const zipfs = Array.from({ length: 10_000 }, () => zipf(random, 1000))
  const uniforms = Array.from({ length: 10_000 }, () => uniform(random, 1000))
  for (const drawn of [zipfs, uniforms]) {
    expect(Math.min(...drawn)).toBe(1)
    expect(Math.max(...drawn)).toBeLessThanOrEqual(1000)
  }
  expect(zipfs.filter((rank) => rank <= 10).length).toBeGreaterThan(2500)
  expect(uniforms.filter((rank) => rank <= 10).length).toBeLessThan(250)
})
