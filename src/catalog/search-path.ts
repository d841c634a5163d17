/**
 * The value of search_path as SHOW prints it: identifiers with commas between them, in double quotes where they need
 * them. `"$user"` is dropped: nobody here knows who the user is, and a schema of that name is rare.
 */
export function parseSearchPath(value: string): readonly string[] {
  const schemas: string[] = []
  let current = ''
  let quoted = false
  let wasQuoted = false
  const end = () => {
    const name = wasQuoted ? current.trim() : current.trim().toLowerCase()
    if (name !== '' && name !== '$user') schemas.push(name)
    current = ''
    wasQuoted = false
  }
  for (let at = 0; at < value.length; at += 1) {
    const character = value[at] ?? ''
    if (character === '"' && quoted && value[at + 1] === '"') {
      current += '"'
      at += 1
    } else if (character === '"') {
      quoted = !quoted
      wasQuoted = true
    } else if (character === ',' && !quoted) {
      end()
    } else {
      current += character
    }
  }
  end()
  return schemas
}
