/**
 * A line of output as GitHub's runner reads it (https://github.com/actions/runner, ActionCommand): `::name key=value,…::data`,
 * with % escapes. Null: an ordinary line.
 */
export interface WorkflowCommand {
  readonly name: string
  readonly properties: Readonly<Record<string, string>>
  readonly data: string
}

export function workflowCommand(line: string): WorkflowCommand | null {
  if (!line.startsWith('::')) return null
  const end = line.indexOf('::', 2)
  if (end < 0) return null
  const [name = '', ...rest] = line.slice(2, end).split(' ')
  const properties = rest
    .join(' ')
    .split(',')
    .map((pair) => {
      const at = pair.indexOf('=')
      return [pair.slice(0, at), unescaped(pair.slice(at + 1), true)] as const
    })
  return { name, properties: Object.fromEntries(properties), data: unescaped(line.slice(end + 2), false) }
}

function unescaped(text: string, isProperty: boolean): string {
  const plain = text.replaceAll('%0D', '\r').replaceAll('%0A', '\n')
  const whole = isProperty ? plain.replaceAll('%3A', ':').replaceAll('%2C', ',') : plain
  return whole.replaceAll('%25', '%')
}
