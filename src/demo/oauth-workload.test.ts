import { expect, test } from 'vitest'
import { fate, fates, key, rowCounts, signature } from './keys.ts'
import { oauthWorkload, pickScript, type WorkloadScript } from './oauth-workload.ts'
import { createRandom, uniform, zipf } from './random.ts'

const scale = { tokens: 1000 }

function script(name: string): WorkloadScript {
  const found = oauthWorkload.find((script) => script.name === name)
  if (found === undefined) throw new Error(`no script ${name}`)
  return found
}

function run(worker: number, times: number): string[] {
  const random = createRandom(7, worker)
  return Array.from({ length: times }, () => pickScript(random).statements(random, scale)).map((statements) =>
    JSON.stringify(statements),
  )
}

test('the weights are per cent', () => {
  expect(oauthWorkload.reduce((sum, script) => sum + script.weight, 0)).toBe(100)
})

test('scripts are picked about as often as they weigh', () => {
  const random = createRandom(1, 0)
  const picked = new Map<string, number>()
  for (let i = 0; i < 20_000; i++) {
    const { name } = pickScript(random)
    picked.set(name, (picked.get(name) ?? 0) + 1)
  }
  const off = oauthWorkload.filter(({ name, weight }) => {
    const share = (picked.get(name) ?? 0) / 200
    return Math.abs(share - weight) > weight * 0.3
  })
  expect(off).toEqual([])
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

test('every parameter is used and every use has a value', () => {
  const random = createRandom(3, 0)
  for (const { text, values } of oauthWorkload.flatMap((script) => script.statements(random, scale))) {
    const used = new Set(Array.from(text.matchAll(/\$(\d+)/g), ([, index]) => Number(index)))
    const given = new Set(values.map((_, index) => index + 1))
    expect({ text, used }).toEqual({ text, used: given })
  }
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

test('the smallest scale works for every script', () => {
  const random = createRandom(11, 0)
  for (let i = 0; i < 500; i++) {
    for (const script of oauthWorkload) expect(script.statements(random, { tokens: 20 })).not.toEqual([])
  }
  expect(() => rowCounts(19)).toThrow(RangeError)
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
