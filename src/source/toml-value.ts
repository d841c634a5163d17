import { linesOf } from './lines.ts'

/** A key's value in TOML without tables, as runners write it beside their migrations: unquoted; null: it is not there. */
export function tomlValue(text: string, key: string): string | null {
  for (const line of linesOf(text)) {
    const equals = line.text.indexOf('=')
    if (equals < 0 || line.text.slice(0, equals).trim() !== key) continue
    const [written = ''] = line.text.slice(equals + 1).split('#')
    const value = written.trim()
    return value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
  }
  return null
}
