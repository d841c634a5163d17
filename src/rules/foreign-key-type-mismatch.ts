import { replay } from '../catalog/replay.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { ConstraintSnapshot } from '../model/catalog.ts'
import type { ActionOf, ConstraintDefinition } from '../model/statement.ts'
import type { RelationName } from '../postgres/relation-name.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { parseTypeName } from '../postgres/type-name.ts'
import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'foreign-key-type-mismatch',
  severity: 'warning',
  on: ['add-constraint', 'add-column', 'create-table'],

  docs: {
    what: 'A foreign key between columns of different types.',
    why: 'An integer that refers to a bigint overflows long before the table that it refers to is full, and from that day on no row can be inserted. Joins of numeric and integer columns convert each value and cannot use every index.',
    instead:
      'Give the column the type of the one that it refers to, now, while it is empty: later the change of the type writes the table anew.',
    reference: 'https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Fund";
      CREATE TABLE "Fund"."Donors" (id bigint PRIMARY KEY, code varchar(20) UNIQUE);
      CREATE TABLE "Fund".gifts (id bigint PRIMARY KEY, donor integer, code text);
      CREATE INDEX gifts_donor ON "Fund".gifts (donor);
      INSERT INTO "Fund"."Donors" SELECT generate_series(1, 30);
      INSERT INTO "Fund".gifts SELECT n, 1 + n % 30 FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Fund".gifts ADD CONSTRAINT by_donor FOREIGN KEY (donor) REFERENCES "Fund"."Donors" NOT VALID;',
      'ALTER TABLE "Fund".gifts ADD COLUMN via integer REFERENCES "Fund"."Donors" (id);',
      'CREATE TABLE "Fund".letters (donor smallint REFERENCES "Fund"."Donors");',
    ],
    safe: [
      'CREATE TABLE "Fund".letters (donor bigint REFERENCES "Fund"."Donors", code text REFERENCES "Fund"."Donors" (code));',
    ],
  },

  detect(action, { catalog }) {
    if (!constraintsOf(action).some(({ kind }) => kind === 'foreign-key')) return null
    const after = replay(catalog, action)
    const before = catalog.table(action.table)
    const there = typeof before === 'object' ? before.constraints.map(({ name }) => name) : []
    const table = after.table(action.table)
    if (typeof table !== 'object') return null
    const added = table.constraints.filter(
      ({ name, references }) => references !== null && !there.includes(name),
    )
    const [first] = added.flatMap((key) => mismatches(key, action.table, after))
    if (first === undefined) return null
    const { column, type, other, otherType } = first
    return {
      message: `${quoteIdentifier(column)} of ${spelled(action.table, after)} is ${type}, and refers to ${other}, which is ${otherType}.`,
    }
  },
})

function constraintsOf(
  action: ActionOf<'add-constraint' | 'add-column' | 'create-table'>,
): readonly Pick<ConstraintDefinition, 'kind'>[] {
  switch (action.kind) {
    case 'add-constraint':
      return [action.constraint]
    case 'add-column':
      return action.column.constraints
    case 'create-table':
      return [...action.columns.flatMap(({ constraints }) => constraints), ...action.constraints]
  }
}

interface Mismatch {
  readonly column: string
  readonly type: string
  readonly other: string
  readonly otherType: string
}

function mismatches(key: ConstraintSnapshot, table: RelationName, catalog: Catalog): readonly Mismatch[] {
  const { references } = key
  if (references === null) return []
  return key.columns.flatMap((column, at) => {
    const referenced = references.columns[at]
    const own = catalog.column(table, column)
    const other = referenced === undefined ? 'unknown' : catalog.column(references, referenced)
    if (typeof own !== 'object' || typeof other !== 'object' || areAlike(own.type, other.type)) return []
    const name = `${quoteIdentifier(other.name)} of ${formatRelation(references)}`
    return [{ column, type: own.type, other: name, otherType: other.type }]
  })
}

const texts: readonly string[] = ['text', 'character varying']

/** Length does not matter, and of a user's type only its own operators know. */
function areAlike(one: string, other: string): boolean {
  const [first, second] = [parseTypeName(one), parseTypeName(other)]
  if (!first.builtIn || !second.builtIn) return true
  return first.base === second.base || (texts.includes(first.base) && texts.includes(second.base))
}
