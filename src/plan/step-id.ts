const longest = 60

/**
 * Ids from slugs, in order: lower case letters, digits and hyphens, at most 60 of them, and no id twice. The same slugs
 * give the same ids, so a plan that is made again keeps its names.
 */
export function stepIds(slugs: readonly string[]): readonly string[] {
  const taken = new Set<string>()
  return slugs.map((slug) => {
    const id = unusedId(kebab(slug), taken)
    taken.add(id)
    return id
  })
}

function unusedId(base: string, taken: ReadonlySet<string>): string {
  if (!taken.has(base)) return base
  for (let number = 2; ; number += 1) {
    const suffix = `-${number}`
    const id = `${trimmed(base.slice(0, longest - suffix.length))}${suffix}`
    if (!taken.has(id)) return id
  }
}

/** `Build public."Order Lines"` → `build-public-order-lines`. A name without any such letter becomes `step`. */
function kebab(slug: string): string {
  const words = slug
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
  const id = trimmed(trimmed(words).slice(0, longest))
  return id === '' ? 'step' : id
}

function trimmed(id: string): string {
  return id.replaceAll(/^-+|-+$/g, '')
}
