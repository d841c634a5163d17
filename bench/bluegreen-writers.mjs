// The application of bluegreen-cutover.mjs: writers that know both versions of the schema, connected to both sides. The fence
// sends them over; behind a pooler they learn it from the flip's file, as a deploy would tell them.
import { readFileSync } from 'node:fs'
import { connect } from '../dist/database/session.js'

const { blueUrl, greenUrl, side, count } = JSON.parse(process.argv[2])
const pooled = blueUrl === greenUrl
const acknowledged = []
const commits = []
let fenced = 0
let failures = 0
let misled = 0
const ended = new AbortController()
process.once('message', () => ended.abort())
const isOver = () => ended.signal.aborted

const statements = {
  blue: `WITH a AS (INSERT INTO accounts (name, balance, city) VALUES ($1, 1, 'x') RETURNING id)
    INSERT INTO transfers (account, amount) SELECT id, 1 FROM a`,
  green: `WITH a AS (INSERT INTO accounts (name, cents) VALUES ($1, 100) RETURNING id), c AS (INSERT INTO cities SELECT id, 'x' FROM a)
    INSERT INTO transfers (account, amount) SELECT id, 1 FROM a`,
}

async function open(url) {
  const connected = await connect(url, { applicationName: 'writer' })
  if (!connected.ok) throw new Error(JSON.stringify(connected.problems))
  return connected.value
}

async function work(number) {
  const sessions = { blue: await open(blueUrl), green: await open(greenUrl) }
  let at = 'blue'
  for (let turn = 1; !isOver(); turn += 1) {
    const name = `written ${number} ${turn}`
    for (let done = false; !done && !isOver();) {
      try {
        await sessions[at].query(statements[at], [name])
        acknowledged.push(name)
        commits.push(Date.now())
        done = true
      } catch (error) {
        if (error.sqlstate === '25006') fenced += 1
        // A version that meets the other's schema behind a pooler has not been told yet: deployed anew, as it were.
        else if (pooled && error.sqlstate === '42703') misled += 1
        else failures += 1
        const before = at
        while (at === before && !isOver()) {
          at = readFileSync(side, 'utf8') === 'green' ? 'green' : 'blue'
          await new Promise((resolve) => setTimeout(resolve, 1))
        }
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  await Promise.all([sessions.blue.close(), sessions.green.close()])
}

const working = Promise.all(Array.from({ length: count }, (_, number) => work(number)))
process.send('started')
await working
process.send({ acknowledged, commits: commits.sort((one, other) => one - other), fenced, misled, failures })
process.disconnect()
