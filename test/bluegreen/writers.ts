/**
 * An application in its two versions, at work on whichever side takes writes. It is told of the flip by a file, as a
 * deployed one would be by its configuration; a fence's error makes it look there. What was acknowledged is written down.
 */
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { DatabaseError, type Session } from '../../src/database/session.ts'
import { mustConnect } from '../support/database.ts'
import type { Sides } from './run-bluegreen.ts'

export interface Writers {
  /** Names of customers whose transaction was acknowledged. */
  readonly acknowledged: readonly string[]
  /** Signatures of tokens whose revocation was. */
  readonly revoked: readonly string[]
  /** SQLSTATEs of failures other than the fence's. */
  readonly failures: readonly string[]
  readonly fenced: () => number
  stop(): Promise<void>
}

const tokens = 400

/** `config` holds the name of the side. */
export async function startWriters(sides: Sides, config: string, count: number): Promise<Writers> {
  const acknowledged: string[] = []
  const revoked: string[] = []
  const failures: string[] = []
  let fenced = 0
  const ended = new AbortController()
  const isOver = (): boolean => ended.signal.aborted
  let nextToken = 0
  let nextName = 0

  const work = async (number: number): Promise<void> => {
    let side = readFileSync(config, 'utf8')
    let session = await open(sides, side)
    for (let turn = 0; !isOver(); turn += 1) {
      const name = `written ${number} ${(nextName += 1)}`
      const token = turn % 4 === 3 && nextToken < tokens ? `sig${(nextToken += 1)}` : null
      for (let done = false; !done && !isOver();) {
        try {
          await write(session, side, name, token)
          acknowledged.push(name)
          if (token !== null) revoked.push(token)
          done = true
        } catch (error) {
          if (!(error instanceof DatabaseError)) throw error
          if (error.sqlstate !== '25006') {
            failures.push(`${error.sqlstate} ${error.message}`)
            break
          }
          fenced += 1
          await session.execute('ROLLBACK')
          await session.close()
          for (const before = side; side === before && !isOver(); side = readFileSync(config, 'utf8'))
            await setTimeout(1)
          session = await open(sides, side)
        }
      }
      await setTimeout(25)
    }
    await session.close()
  }

  const working = Promise.all(Array.from({ length: count }, (_, number) => work(number)))
  return {
    acknowledged,
    revoked,
    failures,
    fenced: () => fenced,
    stop: async () => {
      ended.abort()
      await working
    },
  }
}

function open(sides: Sides, side: string): Promise<Session> {
  return mustConnect(side === 'green' ? sides.greenUrl : sides.blueUrl, 'shop')
}

async function write(session: Session, side: string, name: string, token: string | null): Promise<void> {
  await session.execute('BEGIN')
  if (side === 'green') {
    await session.query(
      `WITH c AS (INSERT INTO customers (name) VALUES ($1) RETURNING id),
            a AS (INSERT INTO addresses SELECT id, 'a city' FROM c)
       INSERT INTO orders (customer_id, amount_cents, tags) SELECT id, 250, '["t"]' FROM c`,
      [name],
    )
  } else {
    await session.query(
      `WITH c AS (INSERT INTO customers (name, city) VALUES ($1, 'a city') RETURNING id)
       INSERT INTO orders (customer_id, amount, tags) SELECT id, 2.5, 't' FROM c`,
      [name],
    )
  }
  if (token !== null) {
    await session.query(`UPDATE "Token" SET active = false WHERE signature = $1`, [token])
  }
  await session.execute('COMMIT')
}
