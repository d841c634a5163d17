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

/** What holds applications back while they are sent over. */
export interface Hold {
  /** Poolers hold new transactions back. Problem: `pooler-busy` when one was open for too long; then all go on. */
  pause(): Promise<Result<null>>
  /** Every pooler points to `to`, and goes on; then all others are told. */
  flip(to: Side): Promise<Result<null>>
  /** Every pooler goes on as it was, and its console is closed. */
  release(): Promise<void>
}

interface Held {
  readonly pooler: Pooler
  readonly console: SimpleConnection
  /** PAUSE waits on its own connection; the way out needs the other one. */
  readonly waiting: SimpleConnection
}

/** Connected to every pooler; nothing is paused yet, and what a runner that was killed had paused goes on. */
export async function hold(actions: readonly FlipAction[]): Promise<Result<Hold>> {
  const all: Held[] = []
  const release = async (): Promise<void> => {
    const held = all.splice(0)
    for (const { pooler, console } of held) await goOn(console, pooler)
    // Nobody waits for a connection to be closed.
    for (const { console, waiting } of held) void Promise.allSettled([waiting.close(), console.close()])
  }
  for (const pooler of actions.filter((action) => action.kind === 'pgbouncer')) {
    const [console, waiting] = [await openConsole(pooler), await openConsole(pooler)]
    if (console.ok && waiting.ok) {
      all.push({ pooler, console: console.value, waiting: waiting.value })
      await goOn(console.value, pooler)
      continue
    }
    await release()
    return console.ok ? refusal(waiting) : console
  }
  return succeed({
    release,
    pause: async () => {
      for (const held of all) {
        const paused = await pausePooler(held)
        if (paused.ok) continue
        await release()
        return paused
      }
      return succeed(null)
    },
    flip: async (to) => {
      try {
        for (const { pooler, console } of all) await point(pooler, console, to)
      } finally {
        await release()
      }
      for (const action of actions) {
        const done = await act(action, to)
        if (!done.ok) return done
      }
      return succeed(null)
    },
  })
}

function openConsole({ console }: Pooler): Promise<Result<SimpleConnection>> {
  return openSimpleConnection(console, { application_name: 'lockstep bluegreen' })
}

function refusal<T>(failed: Result<T>): Result<never> {
  return failed.ok ? fail('pooler', 'pgbouncer did not answer') : failed
}

async function pausePooler({ pooler, console, waiting }: Held): Promise<Result<null>> {
  const paused = waiting.run(`PAUSE ${pooler.database}`).then(
    () => 'paused' as const,
    (error: unknown) => serverError(error).message,
  )
  const answer = await Promise.race([paused, setTimeout(pooler.pauseTimeoutMs, 'late' as const)])
  if (answer === 'paused') return succeed(null)
  await goOn(console, pooler)
  const why = answer === 'late' ? `a transaction was open for more than ${pooler.pauseTimeoutMs} ms` : answer
  return fail(
    'pooler-busy',
    `pgbouncer did not pause ${pooler.database}: ${why}.`,
    'Try again when it has ended.',
  )
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
