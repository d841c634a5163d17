/** A blue-green run as its commands run it, and what a test asks of both sides. */
import { withPair, type Pair, type PairOptions } from '../../src/bluegreen/pair.ts'
import type { Session } from '../../src/database/session.ts'
import type { BluegreenObserver } from '../../src/model/bluegreen-run.ts'
import type { BluegreenFile } from '../../src/model/bluegreen.ts'
import type { Result } from '../../src/model/problem.ts'
import type { EmbeddedServer } from '../../src/database/embedded-server.ts'
import { mustConnect } from '../support/database.ts'
import { shopOnBlue, shopOnGreen } from './shop.ts'

/** Two databases of a test, each with a session that nobody else uses. */
export interface Sides {
  readonly blueUrl: string
  readonly greenUrl: string
  readonly blue: Session
  readonly green: Session
  drop(): Promise<void>
}

let made = 0

/** On one server or on two: names differ, so both may be the same. */
export async function makeSides(
  blueServer: EmbeddedServer,
  greenServer: EmbeddedServer,
  schema: { readonly blue: string; readonly green: string } = { blue: shopOnBlue, green: shopOnGreen },
): Promise<Sides> {
  made += 1
  const names = { blue: `blue_${made}`, green: `green_${made}` }
  await blueServer.createDatabase(names.blue)
  await greenServer.createDatabase(names.green)
  const [blueUrl, greenUrl] = [blueServer.url(names.blue), greenServer.url(names.green)]
  const [blue, green] = [await mustConnect(blueUrl), await mustConnect(greenUrl)]
  await blue.execute(schema.blue)
  await green.execute(schema.green)
  return {
    blueUrl,
    greenUrl,
    blue,
    green,
    drop: async () => {
      await blue.close()
      await green.close()
      await blueServer.dropDatabase(names.blue)
      await greenServer.dropDatabase(names.green)
    },
  }
}

export function optionsOf(
  sides: Pick<Sides, 'blueUrl' | 'greenUrl'>,
  file: BluegreenFile,
  observer: BluegreenObserver = () => undefined,
): PairOptions {
  const { blueUrl, greenUrl } = sides
  return { file, blueUrl, greenUrl, observer, now: () => performance.now(), random: Math.random }
}

/** What it comes to, or what is wrong as an error. */
export async function must<T>(
  sides: Pick<Sides, 'blueUrl' | 'greenUrl'>,
  file: BluegreenFile,
  work: (pair: Pair) => Promise<Result<T>>,
): Promise<T> {
  const done = await withPair(optionsOf(sides, file), work)
  if (done.ok) return done.value
  throw new Error(done.problems.map(({ code, message }) => `${code}: ${message}`).join('\n'))
}

/** The codes of what is wrong. */
export async function refusal<T>(
  sides: Pick<Sides, 'blueUrl' | 'greenUrl'>,
  file: BluegreenFile,
  work: (pair: Pair) => Promise<Result<T>>,
): Promise<readonly string[]> {
  const done = await withPair(optionsOf(sides, file), work)
  return done.ok ? [] : done.problems.map(({ code }) => code)
}

/** Whatever bears our name in a database, or on its server. */
export async function tracesOf(session: Session): Promise<readonly string[]> {
  const rows = await session.query<{ trace: string }>(
    `SELECT 'slot ' || slot_name AS trace FROM pg_replication_slots WHERE slot_name LIKE 'lockstep%' AND database = current_database()
     UNION ALL SELECT 'publication ' || pubname FROM pg_publication WHERE pubname LIKE 'lockstep%'
     UNION ALL SELECT 'subscription ' || subname FROM pg_subscription WHERE subname LIKE 'lockstep%'
       AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
     UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE tgname LIKE '%lockstep%'
     UNION ALL SELECT 'function ' || proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname LIKE 'lockstep%'
     UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname LIKE 'lockstep%'
     UNION ALL SELECT 'origin ' || roname FROM pg_replication_origin o
       WHERE NOT EXISTS (SELECT FROM pg_subscription s WHERE roname = 'pg_' || s.oid)
     UNION ALL SELECT 'identity of ' || relname FROM pg_class WHERE relreplident <> 'd' AND relkind = 'r' AND relnamespace = 'public'::regnamespace`,
  )
  return rows.map(({ trace }) => trace)
}
