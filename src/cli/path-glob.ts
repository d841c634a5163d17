/**
 * Does a pattern mean this path, as a whole? `*` is any part of a name, `**` any folders or all that is below one, `?` one
 * character, `{a,b}` one or the other; everything else is itself. Both are written with forward slashes, from the same folder
 * on: `./` before a pattern says no more than that.
 */
export function matchesGlob(path: string, pattern: string): boolean {
  return expressionOf(pattern).test(path)
}

const expressions = new Map<string, RegExp>()

function expressionOf(pattern: string): RegExp {
  const known = expressions.get(pattern)
  if (known !== undefined) return known
  const expression = new RegExp(`^${sourceOf(pattern.startsWith('./') ? pattern.slice(2) : pattern)}$`, 'su')
  expressions.set(pattern, expression)
  return expression
}

function sourceOf(pattern: string): string {
  let source = ''
  let open = 0
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? ''
    if (isFolders(pattern, at)) {
      const goesOn = pattern[at + 2] === '/'
      source += goesOn ? '(?:[^/]+/)*' : '.+'
      at += goesOn ? 2 : 1
    } else if (character === '*') source += '[^/]*'
    else if (character === '?') source += '[^/]'
    else if (character === '{' && pattern.includes('}', at)) {
      source += '(?:'
      open++
    } else if (character === ',' && open > 0) source += '|'
    else if (character === '}' && open > 0) {
      source += ')'
      open--
    } else source += itself(character)
  }
  // What was opened and never closed: braces within braces that do not balance.
  return source + ')'.repeat(open)
}

/** `**` as a whole name of the path, or of an alternative. */
function isFolders(pattern: string, at: number): boolean {
  const before = pattern[at - 1] ?? '/'
  const behind = pattern[at + 2] ?? '/'
  return pattern.startsWith('**', at) && '/{,'.includes(before) && '/,}'.includes(behind)
}

function itself(character: string): string {
  return '^$\\.*+?()[]{}|/'.includes(character) ? `\\${character}` : character
}
