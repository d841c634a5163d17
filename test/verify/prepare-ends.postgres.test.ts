import { afterAll, beforeAll, expect, it } from 'vitest'
import { installedMajor } from '../../src/database/embedded-binaries.ts'
import { prepareEnds } from '../../src/verify/prove.ts'
import { openShadow, type ShadowServer, type Workbench } from '../../src/verify/shadow.ts'

let shadow: ShadowServer
let workbench: Workbench

beforeAll(async () => {
  // Not the run's own: another test looks whether proofs leave anything behind there.
  const server = await openShadow({ shadowUrl: null, targetUrl: null, major: installedMajor() ?? 15 })
  if (!server.ok) throw new Error(server.problems.map(({ message }) => message).join('\n'))
  shadow = server.value
  const opened = await shadow.openWorkbench()
  if (!opened.ok) throw new Error(opened.problems.map(({ message }) => message).join('\n'))
  workbench = opened.value
})
afterAll(async () => {
  await workbench.dispose()
  await shadow.close()
})

function file(path: string, statements: readonly string[]) {
  return { path, text: statements.join(';\n'), transaction: 'file' as const, statements }
}

/** In the shape of Hydra's: the request of a login, its answer and the consent after it become one row. */
const base = file('1_requests.sql', [
  `CREATE TABLE login (challenge text PRIMARY KEY, context text)`,
  `CREATE TABLE login_answer (challenge text PRIMARY KEY REFERENCES login (challenge), error text NOT NULL)`,
  `CREATE TABLE consent (challenge text PRIMARY KEY, login text REFERENCES login (challenge), csrf text)`,
])
const merge = file('2_merge.sql', [
  `CREATE TABLE flow (login text NOT NULL, context jsonb NOT NULL, error text, consent text,
     CHECK (consent IS NULL OR error IS NOT NULL))`,
  `INSERT INTO flow SELECT l.challenge, cast(coalesce(l.context, '{}') AS jsonb), a.error, c.challenge
     FROM login l LEFT JOIN login_answer a USING (challenge) LEFT JOIN consent c ON c.login = l.challenge`,
  `ALTER TABLE flow ADD PRIMARY KEY (login)`,
])

it('finds rows that a merge of tables bears, and says what it assumed of them', async () => {
  const ends = await prepareEnds(
    { base: [base], pending: [merge], rows: { kind: 'generated' } },
    [],
    workbench,
  )
  if (!ends.ok) throw new Error(ends.problems.map(({ message }) => message).join('\n'))
  expect(ends.value.rows.map(({ table }) => table).sort()).toEqual([
    'public.consent',
    'public.login',
    'public.login_answer',
  ])
  expect(ends.value.assumptions).toEqual([
    expect.stringMatching(/^texts of the name of a json column to come are JSON: else 2_merge\.sql:3:1: /),
    expect.stringMatching(/^no row is without its counterpart .*: else 2_merge\.sql:3:1: /),
    expect.stringMatching(/^no two rows of a table have the same parent: else 2_merge\.sql:5:1: /),
  ])
})

it('says whose SQL does not get to its end', async () => {
  const broken = file('3_broken.sql', [`ALTER TABLE nowhere ADD COLUMN a int`])
  const ends = await prepareEnds(
    { base: [base], pending: [broken], rows: { kind: 'generated' } },
    [],
    workbench,
  )
  expect(ends).toMatchObject({
    ok: false,
    problems: [{ code: 'unproved', message: expect.stringContaining('3_broken.sql:1:') }],
  })
})
