import type { ApplicationName, DemoRun } from '../model/demo.ts'
import type { RunningLoad } from './start-load.ts'

/** A deploy that may come once, and how long which application was at work. */
export interface RollingDeploy {
  /** Replaces the old application, one part of the connections after the other; resolves when no old one is left. */
  readonly run: () => Promise<void>
  /** 0 where it never came. */
  tookMs(): number
  /** Of a load that began and ended then, by the clock of `now`. */
  atWork(began: number, ended: number): DemoRun['atWork']
}

/** One part takes over, and is looked at before the next does. */
const parts = 4
const pauseMs = 1500

export function rollingDeploy(
  load: RunningLoad,
  to: { readonly application: ApplicationName; readonly connections: number },
  now: () => number,
): RollingDeploy {
  let times: { readonly began: number; readonly ended: number } | null = null
  return {
    async run() {
      const began = now()
      for (let part = 1; part <= parts; part += 1) {
        await load.deploy(to.application, Math.ceil((to.connections * part) / parts))
        if (part < parts) await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
      times = { began, ended: now() }
    },
    tookMs: () => (times === null ? 0 : times.ended - times.began),
    atWork(began, ended) {
      if (times === null) return { oldMs: ended - began, bothMs: null, newMs: null }
      return {
        oldMs: times.began - began,
        bothMs: times.ended - times.began,
        newMs: ended - times.ended,
      }
    },
  }
}
