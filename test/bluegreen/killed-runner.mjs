/**
 * A blue-green command in a process of its own, from the built package. Its argument: what to run, and at which of its
 * events to end as kill -9 does. Prints what is wrong, if anything is.
 */
import { attachGreen } from '../../dist/bluegreen/attach.js'
import { cutOver } from '../../dist/bluegreen/cutover.js'
import { abortRun, finishRun } from '../../dist/bluegreen/end-run.js'
import { withPair } from '../../dist/bluegreen/pair.js'
import { rollBack } from '../../dist/bluegreen/rollback-run.js'
import { startRun } from '../../dist/bluegreen/start.js'

const commands = {
  start: (pair) => startRun(pair, []),
  attach: attachGreen,
  cutover: (pair) => cutOver(pair, { unverified: true }),
  rollback: rollBack,
  finish: finishRun,
  abort: abortRun,
}

const { command, file, blueUrl, greenUrl, killAt } = JSON.parse(process.argv[2])
let events = 0
const done = await withPair(
  {
    file,
    blueUrl,
    greenUrl,
    now: () => performance.now(),
    random: Math.random,
    observer: (event) => {
      if (event.kind !== 'step') return
      events += 1
      if (events === killAt) process.kill(process.pid, 'SIGKILL')
    },
  },
  commands[command],
)
if (!done.ok) process.stdout.write(done.problems.map(({ message }) => message).join('; '))
