/** How applications are sent to the other side. What pauses them is always told to go on, whatever happened between. */
import { spawn } from 'node:child_process'
import { renameSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { openSimpleConnection, type SimpleConnection } from '../database/simple-connection.ts'
import { serverError } from './pair.ts'
import type { FlipAction, Side } from '../model/bluegreen.ts'
import type { Result } from '../model/problem.ts'
import { fail, succeed } from '../model/problem.ts'

type Pooler = Extract<FlipAction, { readonly kind: 'pgbouncer' }>

/** What holds applications back while they are sent over; nothing of it is done twice. */
export interface Hold {
  /** Every pooler points to `to`, and goes on. */
  flip(to: Side): Promise<Result<null>>
  /** Every pooler goes on as it was. */
  release(): Promise<void>
}

/** Problems: `pooler-busy` when a transaction was open for too long; then all poolers go on. */
export async function hold(actions: readonly FlipAction[]): Promise<Result<Hold>> {
  const poolers = actions.filter((action) => action.kind === 'pgbouncer')
  const consoles: { readonly pooler: Pooler; readonly console: SimpleConnection }[] = []
  const release = async (): Promise<void> => {
    for (const { pooler, console } of consoles.splice(0)) {
      await goOn(console, pooler)
      await console.close()
    }
  }
  for (const pooler of poolers) {
    const opened = await openSimpleConnection(pooler.console, { application_name: 'lockstep bluegreen' })
    if (!opened.ok) {
      await release()
      return opened
    }
    consoles.push({ pooler, console: opened.value })
    const paused = await pausePooler(pooler, opened.value)
    if (!paused.ok) {
      await release()
      return paused
    }
  }
  return succeed({
    release,
    flip: async (to) => {
      try {
        for (const { pooler, console } of consoles) await point(pooler, console, to)
        for (const action of actions) {
          const done = await act(action, to)
          if (!done.ok) return done
        }
        return succeed(null)
      } finally {
        await release()
      }
    },
  })
}

/** PAUSE waits on its own connection; the way out needs another one. */
async function pausePooler(pooler: Pooler, console: SimpleConnection): Promise<Result<null>> {
  const waiting = await openSimpleConnection(pooler.console, { application_name: 'lockstep bluegreen' })
  if (!waiting.ok) return waiting
  try {
    // A runner that was killed may have left it paused.
    await goOn(console, pooler)
    const paused = waiting.value.run(`PAUSE ${pooler.database}`).then(
      () => 'paused' as const,
      (error: unknown) => serverError(error).message,
    )
    const answer = await Promise.race([paused, setTimeout(pooler.pauseTimeoutMs, 'late' as const)])
    if (answer === 'paused') return succeed(null)
    await goOn(console, pooler)
    const why =
      answer === 'late' ? `a transaction was open for more than ${pooler.pauseTimeoutMs} ms` : answer
    return fail(
      'pooler-busy',
      `pgbouncer did not pause ${pooler.database}: ${why}.`,
      'Try again when it has ended.',
    )
  } finally {
    await waiting.value.close()
  }
}

async function goOn(console: SimpleConnection, { database }: Pooler): Promise<void> {
  try {
    await console.run(`RESUME ${database}`)
  } catch (error) {
    // It was not paused.
    serverError(error)
  }
}

async function point(pooler: Pooler, console: SimpleConnection, to: Side): Promise<void> {
  writeWhole(pooler.file, `[databases]\n${pooler.database} = ${pooler.target[to]}\n`)
  await console.run('RELOAD')
}

async function act(action: FlipAction, to: Side): Promise<Result<null>> {
  switch (action.kind) {
    case 'pgbouncer':
      return succeed(null)
    case 'file':
      writeWhole(action.path, action.content[to])
      return succeed(null)
    case 'command':
      return runCommand(action.command, to)
    case 'webhook':
      return post(action.url, action.body[to])
  }
}

/** Nobody reads half of it. */
function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.lockstep`, text)
  renameSync(`${path}.lockstep`, path)
}

function runCommand([program = '', ...rest]: readonly string[], to: Side): Promise<Result<null>> {
  return new Promise((resolve) => {
    const child = spawn(program, rest, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, LOCKSTEP_FLIP_TO: to },
    })
    child.once('error', (error) => resolve(flipFailed(`${program} cannot be run: ${error.message}`)))
    child.once('close', (code) =>
      resolve(code === 0 ? succeed(null) : flipFailed(`${program} ended with exit code ${code}`)),
    )
  })
}

const webhookTimeoutMs = 10_000

async function post(url: string, body: unknown): Promise<Result<null>> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(webhookTimeoutMs),
    })
    return answer.ok ? succeed(null) : flipFailed(`${url} answered ${answer.status}`)
  } catch (error) {
    return flipFailed(`${url} cannot be called: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function flipFailed(what: string): Result<null> {
  return fail(
    'flip-failed',
    `Writes have moved, and applications have not been told: ${what}.`,
    'Run the same command again at once: it goes on with the flip.',
  )
}
