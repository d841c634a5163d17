import { DatabaseError } from '../database/session.ts'

/** Sleeps, or less when the run is told to stop. Whoever calls it looks at the signal afterwards. */
export function pause(ms: number, signal: AbortSignal | null): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve()
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal?.addEventListener('abort', end, { once: true })
  })
}

/**
 * Calls `tick` every `intervalMs` while `work` goes on. Errors of the server in `tick` are dropped: it only looks on, and
 * a lost connection shows itself to whoever needs it next.
 */
export async function watching<T>(
  work: Promise<T>,
  intervalMs: number,
  tick: () => Promise<void>,
): Promise<T> {
  const ended = new AbortController()
  const end = (): void => {
    ended.abort()
  }
  work.then(end, end)
  while (!ended.signal.aborted) {
    await pause(intervalMs, ended.signal)
    if (!ended.signal.aborted) await tick().catch(ignoreServer)
  }
  return await work
}

function ignoreServer(error: unknown): void {
  if (!(error instanceof DatabaseError)) throw error
}
