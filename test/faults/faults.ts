/** What can happen to a run, each as something that is done while one of its messages is held. */
import { execFileSync, type ChildProcess } from 'node:child_process'
import { statSync } from 'node:fs'
import type { Session } from '../../src/database/session.ts'
import type { FaultServer } from './fault-server.ts'
import type { Held, When } from './holding-proxy.ts'

/** What a fault can lay its hands on. */
export interface Scene {
  readonly held: Held
  /** A superuser's sessions on the run's database; `other` is there for what must wait. */
  readonly admin: Session
  readonly other: Session
  readonly server: FaultServer
  /** The process of the run; null: it runs in ours. */
  readonly child: ChildProcess | null
  /** Promotes the standby and sends whatever connects from now on there; null: there is none. */
  readonly failOver: (() => Promise<void>) | null
}

export interface Fault {
  readonly when: readonly When[]
  /** `process`: it is done to the process of the run, which then has one of its own. */
  readonly runner: 'ours' | 'process'
  /** The whole server is in it, so that no other case may run there meanwhile. */
  readonly needs: 'database' | 'server' | 'standby'
  strike(scene: Scene): Promise<void>
  /** What somebody puts right before the next run; over new sessions, for the old ones may be gone. */
  mend?(admin: Session): Promise<void>
}

const always = ['before', 'during', 'after'] as const
const inDatabase = { when: always, runner: 'ours', needs: 'database' } as const
const onProcess = { when: always, runner: 'process', needs: 'database' } as const

export const faults = {
  'killed (SIGKILL)': { ...onProcess, strike: signal('SIGKILL') },
  'interrupted (SIGINT)': { ...onProcess, strike: signal('SIGINT') },
  'told to end (SIGTERM)': { ...onProcess, strike: signal('SIGTERM') },
  'session terminated': {
    ...inDatabase,
    strike: async ({ admin, held }) => terminate(admin, [held.backend]),
  },
  'all sessions terminated': {
    ...inDatabase,
    strike: async ({ admin, held }) => terminate(admin, held.backends),
  },
  'statement cancelled': {
    ...inDatabase,
    when: ['during'],
    strike: async ({ admin, held }) => {
      await admin.query('SELECT pg_cancel_backend($1)', [held.backend])
    },
  },
  'network cut': { ...inDatabase, strike: ({ held }) => Promise.resolve(held.cut()) },
  'network stalled': { ...inDatabase, strike: () => delay(700) },
  'lock contention': {
    ...inDatabase,
    when: ['before'],
    // Held on to while the run goes on, which has to wait for it.
    strike: async ({ other }) => {
      await other.execute(`SET lock_timeout = '1s'`)
      const held = other.execute('BEGIN; LOCK TABLE things; SELECT pg_sleep(0.4); COMMIT')
      await Promise.race([held.catch(() => other.execute('ROLLBACK')), delay(30)])
    },
  },
  deadlock: {
    ...inDatabase,
    when: ['before'],
    // The last row first, then the first: the other way round than a statement of the run goes through them.
    strike: async ({ other }) => {
      await other.execute(`SET deadlock_timeout = '30s'; SET lock_timeout = '2s'`)
      const giveUp = (): Promise<unknown> => other.execute('ROLLBACK').catch(() => undefined)
      const isIn = await other
        .execute('BEGIN; UPDATE things SET pad = pad WHERE id = 2000 OR id % 500 = 0')
        .then(() => true, giveUp)
      // A message that is held may hold these rows itself.
      if (isIn !== true) return
      delay(60)
        .then(() => other.execute('UPDATE things SET pad = pad WHERE id % 500 = 1; ROLLBACK'))
        .catch(giveUp)
    },
  },
  'disk full': {
    ...inDatabase,
    when: ['before', 'during'],
    needs: 'server',
    // No file may grow past it: EFBIG in place of ENOSPC, and for WAL the same PANIC. New sessions are free of it.
    strike: ({ held }) => {
      for (const pid of held.backends) limitFiles(pid)
      return Promise.resolve()
    },
  },
  'duplicates meanwhile': {
    ...inDatabase,
    when: ['before', 'during'],
    strike: async ({ other }) => {
      await other.execute(`SET lock_timeout = '1s'`)
      await other
        .execute(
          `INSERT INTO things (id, code, pad) VALUES (-1, 'twin', ''), (-2, 'twin', '') ON CONFLICT (id) DO NOTHING`,
        )
        .catch(() => undefined)
    },
    mend: async (admin) => {
      await admin.execute('DELETE FROM things WHERE id < 0')
    },
  },
  'right taken away': {
    ...inDatabase,
    when: ['before'],
    strike: async ({ admin }) => {
      await admin.execute('REVOKE ALL ON SCHEMA public FROM PUBLIC, pg_database_owner')
    },
    mend: async (admin) => {
      await admin.execute(
        'GRANT ALL ON SCHEMA public TO pg_database_owner; GRANT USAGE ON SCHEMA public TO PUBLIC',
      )
    },
  },
  'server read-only': {
    ...inDatabase,
    when: ['before'],
    needs: 'server',
    strike: async ({ admin }) => {
      await admin.execute(`ALTER SYSTEM SET default_transaction_read_only = on`)
      await admin.execute('SELECT pg_reload_conf()')
      await delay(50)
    },
    mend: async (admin) => {
      await admin.execute('SET default_transaction_read_only = off')
      await admin.execute(`ALTER SYSTEM RESET default_transaction_read_only`)
      await admin.execute('SELECT pg_reload_conf()')
      await delay(50)
    },
  },
  'server restarted': {
    ...inDatabase,
    needs: 'server',
    strike: ({ server }) => server.restart(),
  },
  'failover to a standby': {
    ...inDatabase,
    needs: 'standby',
    strike: async ({ failOver }) => {
      if (failOver === null) throw new Error('there is no standby')
      await failOver()
    },
  },
} as const satisfies { readonly [name: string]: Fault }

export type FaultName = keyof typeof faults

function signal(name: NodeJS.Signals): Fault['strike'] {
  return ({ child }) => {
    if (child === null) throw new Error('the run has no process of its own')
    child.kill(name)
    // The process is to have had it before its message goes on.
    return delay(20)
  }
}

/** Done as the server's own account, whose limits anybody of that account may lower. */
function limitFiles(pid: number): void {
  const found = statSync(`/proc/${pid}`, { throwIfNoEntry: false })
  if (found === undefined) return
  const { uid, gid } = found
  execFileSync('prlimit', ['--pid', String(pid), '--fsize=262144'], { stdio: 'ignore', uid, gid })
}

async function terminate(admin: Session, backends: readonly number[]): Promise<void> {
  for (const pid of backends) await admin.query('SELECT pg_terminate_backend($1)', [pid])
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
