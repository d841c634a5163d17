/**
 * `$NAME` (goose with ENVSUB) or `:NAME` (graphile-migrate) at an offset: text that a migration runner replaces before
 * PostgreSQL sees it. Capitals, digits and underscores: psql's own variables are commonly written small. Null: there is none.
 */
export function placeholderAt(text: string, start: number): string | null {
  const first = text.charAt(start)
  if (first !== '$' && first !== ':') return null
  let end = start + 1
  while (isNameCharacter(text.charCodeAt(end))) end++
  const isWhole = end > start + 1 && !isSmall(text.charCodeAt(end))
  return isWhole ? text.slice(start, end) : null
}

function isNameCharacter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95
}

function isSmall(code: number): boolean {
  return code >= 97 && code <= 122
}
