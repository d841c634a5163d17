/** Other people's words in GitHub Flavored Markdown (https://github.github.com/gfm/). */

/** A fence longer than any run of backticks inside of it. */
export function fenced(sql: string): string {
  const fence = '`'.repeat(Math.max(3, longestTicks(sql) + 1))
  return `${fence}sql\n${sql}\n${fence}`
}

/** A code span on one line. */
export function code(value: string): string {
  const ticks = '`'.repeat(longestTicks(value) + 1)
  const space = ticks.length > 1 ? ' ' : ''
  return `${ticks}${space}${value.replaceAll(/\s*[\r\n]+\s*/g, ' ')}${space}${ticks}`
}

function longestTicks(value: string): number {
  return Math.max(0, ...[...value.matchAll(/`+/g)].map(([run]) => run.length))
}

/** Names come from users: nothing in them may become markup. */
export function text(value: string): string {
  return value.replaceAll(/\s*[\r\n]+\s*/g, ' ').replaceAll(/[\\`*<>[\]#]/g, (character) => `\\${character}`)
}

/** Of cells that are Markdown already. */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}
