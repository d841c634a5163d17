/** A runner in a process of its own, for tests that kill it. Arguments: URL, plan as JSON. Says each event as a line. */
import { applyPlan } from '../../src/execute/apply.ts'
import { parseWith } from '../../src/model/parse.ts'
import { plan as planSchema } from '../../src/model/plan.ts'

const [, , url = '', text = ''] = process.argv
const plan = parseWith(planSchema, JSON.parse(text), { code: 'plan', what: 'the plan', hint: '' })
if (!plan.ok) throw new Error(plan.problems.map(({ message }) => message).join('\n'))
const ended = await applyPlan(plan.value, url, {
  through: 'all-gates',
  random: Math.random,
  now: () => performance.now(),
  observer: (event) => {
    process.stdout.write(`${JSON.stringify(event)}\n`)
  },
})
process.stdout.write(`${JSON.stringify({ kind: 'ended', ended })}\n`)
