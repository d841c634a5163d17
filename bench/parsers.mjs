/**
 * Why libpg-query parses, and pg-query-emscripten only bears witness: `npm run bench:parsers`.
 * Prints how many parses an instance of each bears, the longest text it takes, its grammar, and its time a parse.
 * Each trial runs in a worker with a time limit: an instance at its end may hang, abort or answer nonsense.
 */
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'

const text = "SELECT id, name FROM customers WHERE id = 1 AND name = 'someone' LIMIT 10"
const parsesMax = 200_000
const timeLimitMs = 60_000

/** @typedef {(sql: string) => { version: number, stmts?: unknown[] }} Parse */

/** @type {Record<string, () => Promise<Parse>>} */
const parsers = {
  'libpg-query': async () => {
    const { loadModule, parseSync } = await import('libpg-query')
    await loadModule()
    return (sql) => {
      const { version = 0, stmts = [] } = parseSync(sql)
      return { version, stmts }
    }
  },
  'pg-query-emscripten': async () => {
    const { default: Module } = await import('pg-query-emscripten')
    const instance = await new Module()
    return (sql) => {
      const { parse_tree: tree, error } = instance.parse(sql)
      if (error !== null) throw new Error(error.message)
      return tree
    }
  },
}

/** @typedef {() => Promise<Parse>} Load */

/** @type {Record<string, (load: Load) => Promise<string>>} */
const trials = {
  grammar: async (load) => `PostgreSQL ${Math.floor((await load())(text).version / 10_000)}`,

  parses: async (load) => {
    const parse = await load()
    const started = performance.now()
    const memory = process.memoryUsage().rss
    for (let count = 0; count < parsesMax; count++) {
      const failure = failureOf(parse, text)
      if (failure !== null) return `fails at parse ${count + 1}: ${failure}`
    }
    const ms = performance.now() - started
    const growth = Math.round((process.memoryUsage().rss - memory) / 2 ** 20)
    return `${parsesMax} parses, ${((ms / parsesMax) * 1000).toFixed(1)} µs each, memory grew by ${growth} MB`
  },

  'long texts': async (load) => {
    let longest = 0
    for (let length = 10_000; length <= 10_000_000; length = Math.ceil(length * 1.3)) {
      const sql = insertOf(length)
      const failure = failureOf(await load(), sql)
      if (failure !== null) return `takes ${longest} characters, fails at ${sql.length}: ${failure}`
      longest = sql.length
    }
    return `takes ${longest} characters`
  },
}

/** @param {number} length */
function insertOf(length) {
  const row = "(1, 'some text', now()), "
  return `INSERT INTO t VALUES ${row.repeat(Math.ceil(length / row.length))}(1, '', now())`
}

/**
 * @param {Parse} parse
 * @param {string} sql
 */
function failureOf(parse, sql) {
  try {
    const tree = parse(sql)
    return tree.stmts?.length === 1 ? null : 'an answer without the statement'
  } catch (error) {
    const said = error instanceof Error && error.message ? error.message : String(error)
    return said.split('\n')[0]?.slice(0, 100) ?? ''
  }
}

/**
 * @param {string} parser
 * @param {string} trial
 * @returns {Promise<string>}
 */
function inWorker(parser, trial) {
  const worker = new Worker(new URL(import.meta.url), { workerData: { parser, trial }, stderr: true })
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(`no answer within ${timeLimitMs / 1000} s`), timeLimitMs)
    worker.once('message', resolve)
    worker.once('error', (error) => resolve(`aborts: ${error.message.split('\n')[0]}`))
    worker.once('exit', () => clearTimeout(timer))
  }).finally(() => worker.terminate())
}

if (isMainThread) {
  console.log(`a text of ${text.length} characters: ${text}\n`)
  for (const parser of Object.keys(parsers)) {
    for (const trial of Object.keys(trials))
      console.log(`${parser}, ${trial}: ${await inWorker(parser, trial)}`)
  }
} else {
  const { parser, trial } = workerData
  const load = parsers[parser]
  const run = trials[trial]
  // A port of node:worker_threads, not a window: it has no origin.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  if (load !== undefined && run !== undefined) parentPort?.postMessage(await run(load))
}
