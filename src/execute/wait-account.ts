import { noWaits, type Waits } from '../model/waits.ts'

/** Grows while a step runs. */
export interface WaitAccount {
  add(kind: keyof Waits, ms: number): void
  /** So far. */
  total(): Waits
}

export function openAccount(): WaitAccount {
  const total: { -readonly [K in keyof Waits]: number } = { ...noWaits }
  return {
    add: (kind, ms) => {
      total[kind] += ms
    },
    total: () => ({ ...total }),
  }
}

/** Does `wait`, and books the time that it takes by the clock of whoever calls. */
export async function booked<T>(
  { account, now }: { readonly account: WaitAccount; readonly now: () => number },
  kind: keyof Waits,
  wait: () => Promise<T>,
): Promise<T> {
  const started = now()
  try {
    return await wait()
  } finally {
    account.add(kind, now() - started)
  }
}
