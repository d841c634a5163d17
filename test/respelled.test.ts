/**
 * Actions are read from trees and tokens together. Here the tokens are another's: pgsql-deparser writes each statement
 * anew from its tree, with its own spacing, casing and parentheses, and what we read must mean the same.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { deparseSync } from 'pgsql-deparser'
import { beforeAll, expect, it } from 'vitest'
import { rules } from '../src/rules/index.ts'
import { parseScript } from '../src/sql/parse-script.ts'
import { loadParser, parse, parseOne } from '../src/sql/parser.ts'
import { isSameTree } from '../src/sql/tree.ts'

beforeAll(loadParser)

const migrations = join(dirname(import.meta.dirname), 'migrations')

function texts(): string[] {
  const files = readdirSync(migrations, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.sql'))
    .map((path) => readFileSync(join(migrations, path), 'utf8'))
  const examples = rules.flatMap(({ examples: { setup, unsafe, safe } }) => [
    setup,
    ...[...unsafe, ...safe].map((example) => (typeof example === 'string' ? example : example.sql)),
  ])
  return [...files, ...examples]
}

/** The deparser's text, where it is sound: it parses, and to the same tree. */
function respelled(sql: string): string | null {
  const node = parseOne(sql)
  const text = deparseSync([node])
  const result = parse(text)
  const [only, ...others] = result.ok ? result.statements : []
  return only !== undefined && others.length === 0 && isSameTree(only.node, node) ? text : null
}

/** Without places and spellings: SQL as its tree. */
function meaningOf(sql: string): unknown {
  const { statements, problems } = parseScript(sql, 'a.sql')
  expect(problems).toEqual([])
  const text = JSON.stringify(
    statements.map((one) => one.actions),
    (key, value: unknown) => {
      if (key === 'span') return null
      if (key !== 'sql' || typeof value !== 'string') return value
      const asStatement = parse(value)
      const result = asStatement.ok ? asStatement : parse(`SELECT ${value === 'DEFAULT' ? 'NULL' : value}`)
      return result.ok ? withoutPlaces(result.statements.map(({ node }) => node)) : value
    },
  )
  return JSON.parse(text)
}

function withoutPlaces(tree: unknown): unknown {
  return JSON.parse(
    JSON.stringify(tree, (key, value: unknown) =>
      key.endsWith('location') || key.endsWith('list_start') || key.endsWith('list_end') ? undefined : value,
    ),
  )
}

it('reads the same actions from any spelling of a statement', () => {
  const statements = texts().flatMap((text) => parseScript(text, 'a.sql').statements)
  expect(statements.length).toBeGreaterThan(200)
  const sound = statements.flatMap(({ text }) => {
    const other = respelled(text)
    return other === null ? [] : [{ text, other }]
  })
  expect(sound.length).toBeGreaterThan(statements.length * 0.95)
  for (const { text, other } of sound) expect(meaningOf(other)).toEqual(meaningOf(text))
  // A thousand statements, each read by three parsers.
}, 30_000)
