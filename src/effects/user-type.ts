import type { Catalog } from '../catalog/catalog.ts'
import { knownType } from '../catalog/known-type.ts'
import { userTypeName, type TypeName } from '../postgres/type-name.ts'

/** Types of widespread extensions: none is a domain. */
const extensionTypes: ReadonlySet<string> = new Set(
  listed(`
  citext, hstore, ltree, lquery, ltxtquery, cube, seg, isbn, isbn13, issn, ean13, upc, geometry,
  geography, box2d, box3d, raster, vector, halfvec, sparsevec
`),
)

/** May a column of this type be added without checking every row? `checked`: a domain with constraints. */
export function userTypeOf(type: TypeName, catalog: Catalog): 'free' | 'checked' | 'unknown' {
  const name = userTypeName(type)
  if (extensionTypes.has(name.name)) return 'free'
  return knownType(catalog, name)
}

/** The names of a list that is written as a text, with commas. */
function listed(text: string): string[] {
  return text.trim().split(/,\s+/)
}
