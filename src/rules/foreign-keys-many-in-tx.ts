import type { JudgedAction } from '../effects/walk.ts'
import type { Action, ConstraintDefinition } from '../model/statement.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { blocksWrites } from '../postgres/lock-mode.ts'
import { autocommit, defineTransactionRule } from './define-rule.ts'
import { listed } from './listed.ts'

export default defineTransactionRule({
  id: 'foreign-keys-many-in-tx',
  severity: 'warning',

  docs: {
    what: 'Foreign keys to several tables in one transaction.',
    why: 'Each takes ShareRowExclusive on the table that it refers to, also where the referencing table is new, and keeps it to the end: writers of the first table wait while the lock on the next one is waited for.',
    instead:
      'One foreign key, one transaction: create the table without them, then add each by itself. On a new table each is done in an instant. migrate plan adds the foreign keys of tables that are in use one by one.',
    reference: 'https://www.postgresql.org/docs/current/sql-createtable.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Label";
      CREATE TABLE "Label"."Artists" (id bigint PRIMARY KEY);
      CREATE TABLE "Label".albums (id bigint PRIMARY KEY);
      INSERT INTO "Label"."Artists" SELECT generate_series(1, 300);`,
    unsafe: [
      'CREATE TABLE "Label".songs (artist bigint REFERENCES "Label"."Artists", album bigint REFERENCES "Label".albums);',
    ],
    safe: [
      autocommit(
        'CREATE TABLE "Label".songs (artist bigint REFERENCES "Label"."Artists", album bigint); ALTER TABLE "Label".songs ADD FOREIGN KEY (album) REFERENCES "Label".albums;',
      ),
      'CREATE TABLE "Label".tours (artist bigint REFERENCES "Label"."Artists", support bigint REFERENCES "Label"."Artists");',
    ],
  },

  detect(actions) {
    const firsts = new Map<string, number>()
    for (const [position, judged] of actions.entries()) {
      for (const table of lockedByKeys(judged)) if (!firsts.has(table)) firsts.set(table, position)
    }
    if (firsts.size < 2) return []
    const [first, ...more] = [...new Set(firsts.values())]
    if (first === undefined) return []
    return [
      {
        claims: [first, ...more],
        message: `One transaction locks ${listed([...firsts.keys()])} against every write, the one while it waits for the other.`,
      },
    ]
  },
})

/** Tables in use to which the action's foreign keys refer. */
function lockedByKeys({ action, catalog, effect }: JudgedAction): readonly string[] {
  return constraintsOf(action).flatMap((constraint) => {
    if (constraint.kind !== 'foreign-key') return []
    const name = formatRelation(catalog.resolve(constraint.references))
    return effect.locks.some(({ relation, mode }) => relation === name && blocksWrites(mode)) ? [name] : []
  })
}

function constraintsOf(action: Action): readonly ConstraintDefinition[] {
  if (action.kind === 'add-constraint') return [action.constraint]
  if (action.kind === 'add-column') return action.column.constraints
  if (action.kind !== 'create-table') return []
  return [...action.constraints, ...action.columns.flatMap(({ constraints }) => constraints)]
}
