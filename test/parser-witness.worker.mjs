/**
 * Parses texts with pg-query-emscripten and answers with statement kinds and ends. A worker of its own, because that
 * parser leaks into a fixed heap, and may hang or abort: the test can end it.
 */
import { parentPort, workerData } from 'node:worker_threads'
import Module from 'pg-query-emscripten'

/** @type {{ texts: readonly string[] }} */
const { texts } = workerData
const parser = await new Module()
// A port of node:worker_threads, not a window: it has no origin.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort?.postMessage(texts.map(witness))

/** @param {string} text */
function witness(text) {
  const { parse_tree: tree, error } = parser.parse(text)
  if (error !== null) return { error: String(error.message), statements: [] }
  const statements = (tree.stmts ?? []).map((statement) => ({
    kind: Object.keys(statement.stmt)[0],
    start: statement.stmt_location ?? 0,
    length: statement.stmt_len ?? null,
  }))
  return { error: null, statements }
}
