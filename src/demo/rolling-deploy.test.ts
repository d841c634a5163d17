import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { rollingDeploy } from './rolling-deploy.ts'
import type { RunningLoad } from './start-load.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
})
afterEach(() => {
  vi.useRealTimers()
})

function watchedLoad(): { readonly load: RunningLoad; readonly told: readonly number[] } {
  const told: number[] = []
  const load: RunningLoad = {
    deploy: (_, connections) => {
      told.push(connections)
      return Promise.resolve()
    },
    stop: () => Promise.reject(new Error('nobody stops it')),
    kill: () => undefined,
  }
  return { load, told }
}

it('takes over the connections part by part, to the last', async () => {
  const { load, told } = watchedLoad()
  const deploy = rollingDeploy(load, { application: '2.x', connections: 15 }, () => Date.now())
  const run = deploy.run()
  await vi.runAllTimersAsync()
  await run
  expect(told).toEqual([4, 8, 12, 15])
  expect(deploy.tookMs()).toBeGreaterThan(0)
  const { oldMs, bothMs, newMs } = deploy.atWork(-1000, 9000)
  expect(oldMs).toBe(1000)
  expect(bothMs).toBe(deploy.tookMs())
  expect(oldMs + (bothMs ?? 0) + (newMs ?? 0)).toBe(10_000)
})

it('leaves the old application alone at work where it never comes', () => {
  const deploy = rollingDeploy(watchedLoad().load, { application: '2.x', connections: 16 }, () => Date.now())
  expect(deploy.tookMs()).toBe(0)
  expect(deploy.atWork(0, 10_000)).toEqual({ oldMs: 10_000, bothMs: null, newMs: null })
})
