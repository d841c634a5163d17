import { nearestName } from '../lint/nearest-name.ts'
import { ownFindings } from '../lint/own-findings.ts'
import type { Config } from '../model/config.ts'
import type { Problem } from '../model/problem.ts'
import { rules } from '../rules/index.ts'
import { failure } from './failure.ts'

/** Every name that a finding may bear, and a config may give a severity to. */
function ruleNames(): readonly string[] {
  return [...rules, ...ownFindings].map(({ id }) => id)
}

/** A rule that is not, with the one that was probably meant. */
export function unknownRule(written: string, where: string): Problem {
  const nearest = nearestName(written, ruleNames())
  const hint = nearest === null ? 'migrate explain lists them all.' : `Did you mean ${nearest}?`
  return failure('unknown-rule', `There is no rule ${written}${where}`, hint).problems[0]
}

/** Severities of rules that there are not: all of the config's. */
export function unknownRules({ rules: everywhere, overrides }: Config): readonly Problem[] {
  const names = new Set(ruleNames())
  const unknown = (severities: Config['rules'], where: string) =>
    Object.keys(severities)
      .filter((name) => !names.has(name))
      .map((name) => unknownRule(name, where))
  return [
    ...unknown(everywhere, ', to which the config gives a severity (rules)'),
    ...overrides.flatMap((override, at) =>
      unknown(override.rules ?? {}, `, to which the config gives a severity (overrides[${at}].rules)`),
    ),
  ]
}
