/**
 * An independent witness for where statements begin and end, and what they are: pg-query-emscripten, the same grammar as
 * of PostgreSQL 16 in another build by other people. What that grammar does not know, it refuses; everything else must agree.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { beforeAll, describe, expect, it } from 'vitest'
import { rules } from '../src/rules/index.ts'
import { parseScript } from '../src/sql/parse-script.ts'
import { loadParser, parse } from '../src/sql/parser.ts'

beforeAll(loadParser)

const root = dirname(import.meta.dirname)
const timeLimitMs = 20_000
/** It fails after some hundred small parses, and on texts of some 70 KB: a batch stays well below. */
const batchCharacters = 40_000

interface Testimony {
  readonly error: string | null
  readonly statements: readonly {
    readonly kind: string
    readonly start: number
    readonly length: number | null
  }[]
}

async function witness(texts: readonly string[]): Promise<readonly Testimony[]> {
  const worker = new Worker(join(import.meta.dirname, 'parser-witness.worker.mjs'), { workerData: { texts } })
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise<readonly Testimony[]>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${timeLimitMs} ms`)), timeLimitMs)
      worker.once('message', resolve)
      worker.once('error', reject)
    })
  } finally {
    clearTimeout(timer)
    await worker.terminate()
  }
}

/** Small batches, each for a fresh instance. */
function batchesOf(texts: readonly string[]): string[][] {
  const batches: string[][] = []
  let size = Infinity
  for (const text of texts) {
    if (size + text.length > batchCharacters) {
      batches.push([])
      size = 0
    }
    batches.at(-1)?.push(text)
    size += text.length
  }
  return batches
}

/** As the witness says it: without comments and space around, and each statement's node. */
function ours(text: string) {
  return parseScript(text, 'a.sql').statements.map((one) => {
    const result = parse(one.text)
    const [only] = result.ok ? result.statements : []
    return { kind: only === undefined ? null : Object.keys(only.node)[0], text: one.text }
  })
}

/** Its positions are bytes, and its statements begin with whatever space and comments stand before them. */
function theirs(text: string, testimony: Testimony) {
  const bytes = Buffer.from(text)
  return testimony.statements.map(({ kind, start, length }) => {
    const own = bytes.subarray(start, length === null ? undefined : start + length).toString()
    const [trimmed] = parseScript(own, 'a.sql').statements
    return { kind, text: trimmed?.text ?? own }
  })
}

async function agree(texts: readonly string[]): Promise<{ compared: number; statements: number }> {
  let compared = 0
  let statements = 0
  for (const batch of batchesOf(texts)) {
    const testimonies = await witness(batch)
    expect(testimonies).toHaveLength(batch.length)
    batch.forEach((text, index) => {
      const testimony = testimonies[index]
      if (testimony === undefined || testimony.error !== null) return
      expect(theirs(text, testimony)).toEqual(ours(text))
      compared++
      statements += testimony.statements.length
    })
  }
  return { compared, statements }
}

describe('pg-query-emscripten agrees on boundaries and kinds', () => {
  it('of every .sql file of ours', async () => {
    const texts = ['migrations', 'test']
      .flatMap((folder) =>
        readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
          join(folder, path),
        ),
      )
      .filter((path) => path.endsWith('.sql'))
      .map((path) => readFileSync(join(root, path), 'utf8'))
      .filter((text) => text.trim() !== '')
    expect(texts.length).toBeGreaterThan(50)
    // Files for MySQL stand among them: there, both must refuse, or our statements would not stand for the file.
    const readable = texts.filter((text) => parseScript(text, 'a.sql').problems.length === 0)
    const { compared, statements } = await agree(readable)
    expect(compared).toBe(readable.length)
    expect(statements).toBeGreaterThan(100)
  }, 60_000)

  it('of the examples of every rule', async () => {
    const texts = rules.flatMap(({ examples: { setup, unsafe, safe } }) => [
      setup,
      ...[...unsafe, ...safe].map((example) => (typeof example === 'string' ? example : example.sql)),
    ])
    expect(texts.length).toBeGreaterThan(10)
    const { compared } = await agree(texts)
    expect(compared).toBeGreaterThan(texts.length * 0.9)
  }, 60_000)

  it('of texts where tokens are hard to tell apart', async () => {
    const texts = [
      "SELECT 'é😀;' ; SELECT $é$;$é$; -- ;\nSELECT 2",
      "SELECT E'\\';' ; SELECT U&'\\00e9;' ; SELECT x'1f'",
      "SELECT 'a'\n';' ; SELECT 1",
      '/* /* ; */ ; */ SELECT ";" FROM "a;b";;;SELECT 1;',
      'CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2); SELECT 3',
      'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3',
      'CREATE PROCEDURE begin() LANGUAGE sql AS $$SELECT 1;$$; BEGIN; COMMIT; END',
      'DO $a$ BEGIN PERFORM $b$;$b$; END $a$; SELECT 1',
      'SELECT a<--;\n1 FROM t; SELECT a =-1 FROM t; SELECT 1..2',
      'COPY t TO STDOUT; CREATE TABLE "begin" ("atomic" int); ALTER TABLE t ADD COLUMN a int, DROP COLUMN b;',
    ]
    const { compared } = await agree(texts)
    // `1..2` is no SELECT of any grammar.
    expect(compared).toBe(texts.length - 1)
  }, 60_000)

  it('on refusing what is no SQL of PostgreSQL', async () => {
    const broken = [
      'SELEC 1',
      "SELECT 'a",
      'CREATE TABLE t (a int',
      '\\d t',
      'SELECT `a`',
      'CREATE TABLE t (a int AUTO_INCREMENT)',
    ]
    const testimonies = await witness(broken)
    expect(testimonies.map(({ error }) => error !== null)).toEqual(broken.map(() => true))
    expect(broken.map((text) => parseScript(text, 'a.sql').problems.length)).toEqual(broken.map(() => 1))
  })
})
