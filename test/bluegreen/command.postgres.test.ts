/** The commands as a person runs them: green's schema from blue's own history of migrations, then the target's. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runMigrate, type Ended } from '../cli/run-migrate.ts'
import { makeSides, tracesOf, type Sides } from './run-bluegreen.ts'
import { startTwoServers, type TwoServers } from './two-servers.ts'

const first = `CREATE TABLE schema_migration (version text PRIMARY KEY);
CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL, tags text NOT NULL);
CREATE TABLE visits (id serial PRIMARY KEY, person int NOT NULL REFERENCES people);`
const migrations = {
  '001_first.up.sql': first,
  '002_names.up.sql': `CREATE TYPE place AS ENUM ('home', 'away');
ALTER TABLE people ADD COLUMN place place NOT NULL DEFAULT 'home';
UPDATE people SET tags = upper(tags);
ALTER TABLE people ALTER COLUMN tags TYPE jsonb USING to_jsonb(string_to_array(tags, '|'));
ALTER TABLE visits ADD COLUMN tenant int;
UPDATE visits SET tenant = 1;
ALTER TABLE visits ALTER COLUMN tenant SET NOT NULL;`,
  '003_index.autocommit.up.sql': `CREATE INDEX CONCURRENTLY people_name ON people (name);`,
}

let servers: TwoServers
let folder: string
let sides: Sides
const told: unknown[] = []
const listener = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk: Buffer) => (body += chunk.toString()))
  request.on('end', () => {
    told.push(JSON.parse(body))
    response.end()
  })
})

beforeAll(async () => {
  servers = await startTwoServers()
  sides = await makeSides(servers.blue, servers.green, {
    blue: `${first} INSERT INTO schema_migration VALUES ('001');
      INSERT INTO people (name, tags) SELECT 'n' || n, 'a|b' FROM generate_series(1, 50) n; INSERT INTO visits (person) SELECT id FROM people`,
    green: '',
  })
  folder = mkdtempSync(join(tmpdir(), 'lockstep-bluegreen-'))
  mkdirSync(join(folder, 'migrations'))
  for (const [name, sql] of Object.entries(migrations)) writeFileSync(join(folder, 'migrations', name), sql)
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  const port = typeof address === 'object' ? address?.port : null
  const file = {
    formatVersion: 1,
    name: 'people',
    exclude: [{ table: 'public.schema_migration', because: 'each side has its own', copy: true }],
    schema: { from: 'migrations', paths: ['migrations'], layout: 'ory', through: '001' },
    migrations: { paths: ['migrations'], layout: 'ory' },
    fill: { 'public.visits': { tenant: '1' } },
    targets: [
      {
        table: 'public.people',
        key: ['id'],
        columns: { id: 'id', name: 'name', tags: `to_jsonb(string_to_array(upper(tags), '|'))` },
        sources: [{ table: 'public.people' }],
      },
    ],
    back: null,
    flip: [
      { kind: 'webhook', url: `http://127.0.0.1:${port}/`, body: { blue: 'old', green: { now: 'green' } } },
      { kind: 'command', command: ['sh', '-c', `printf %s "$LOCKSTEP_FLIP_TO" > flipped`] },
    ],
  }
  writeFileSync(join(folder, 'bluegreen.json'), JSON.stringify(file, null, 2))
})

afterAll(async () => {
  listener.close()
  await sides.drop()
  await servers.stop()
  rmSync(folder, { recursive: true })
})

function bluegreen(command: string, ...rest: readonly string[]): Promise<Ended> {
  const env = { LOCKSTEP_BLUE_URL: sides.blueUrl, LOCKSTEP_GREEN_URL: sides.greenUrl }
  return runMigrate(['bluegreen', command, ...rest], { cwd: folder, env })
}

it('moves an application over, by its commands', { timeout: 180_000 }, async () => {
  expect(await bluegreen('status')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('no run people'),
  })
  expect(await bluegreen('attach')).toMatchObject({ code: 1, stderr: expect.stringContaining('not-ready') })
  expect(await bluegreen('start')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('3 tables copied'),
  })
  await sides.blue.execute(
    `INSERT INTO people (name, tags) VALUES ('later', 'x'); UPDATE people SET tags = 'c' WHERE id = 1`,
  )
  expect(await bluegreen('attach')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('not-migrated'),
  })
  expect(await bluegreen('migrate')).toMatchObject({ code: 0, stdout: '2 migrations of green have run.\n' })
  expect(await bluegreen('migrate')).toMatchObject({ code: 0, stdout: '0 migrations of green have run.\n' })
  await sides.blue.execute(`INSERT INTO visits (person) VALUES (51); DELETE FROM visits WHERE id = 1`)
  expect(await bluegreen('attach')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('0 rows of green were made'),
  })
  expect(await bluegreen('verify')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('clean: green is'),
  })
  expect(await bluegreen('cutover')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Writes go to green'),
  })
  expect(told).toEqual([{ now: 'green' }])
  expect(await bluegreen('rollback')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no-way-back'),
  })
  await expect(sides.blue.execute(`DELETE FROM visits`)).rejects.toMatchObject({ sqlstate: '25006' })
  expect(
    await sides.green.query(`SELECT id, name, tags, place::text FROM people WHERE id IN (1, 51) ORDER BY id`),
  ).toEqual([
    { id: 1, name: 'n1', tags: ['C'], place: 'home' },
    { id: 51, name: 'later', tags: ['X'], place: 'home' },
  ])
  expect(await sides.green.query('SELECT version FROM schema_migration ORDER BY 1')).toEqual([
    { version: '001' },
    { version: '002' },
    { version: '003' },
  ])
  // Beyond blue's numbers, without a look at the rows.
  await sides.green.execute(`INSERT INTO visits (person, tenant) VALUES (1, 1)`)
  const status = await bluegreen('status', '--format', 'json')
  expect(JSON.parse(status.stdout)).toMatchObject({
    state: 'cut-over',
    writes: 'green',
    next: 'finish, or rollback',
  })
  expect(await bluegreen('finish')).toMatchObject({ code: 0 })
  expect([...(await tracesOf(sides.blue)), ...(await tracesOf(sides.green))]).toEqual([])
})

it('says where the file is wrong', async () => {
  writeFileSync(join(folder, 'broken.json'), `{\n  "formatVersion": 1,\n  "name": "Not A Name"\n}`)
  const { code, stderr } = await bluegreen('start', 'broken.json')
  expect(code).toBe(2)
  expect(stderr).toContain('broken.json:3:')
})
