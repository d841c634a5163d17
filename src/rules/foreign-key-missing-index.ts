import type { Catalog } from '../catalog/catalog.ts'
import { beginsWith, isFoundByIndex } from '../catalog/index-facts.ts'
import type { JudgedAction } from '../effects/walk.ts'
import type { Action, ConstraintDefinition, ConstraintOf } from '../model/statement.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation, type RelationName } from '../postgres/relation-name.ts'
import { defineTransactionRule, type TransactionDetection } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineTransactionRule({
  id: 'foreign-key-missing-index',
  severity: 'warning',

  docs: {
    what: 'A foreign key whose columns no index of its table begins with.',
    why: 'Every DELETE on the referenced table, and every UPDATE of its key, reads the whole referencing table to find the rows that point at it, and keeps its locks meanwhile.',
    instead:
      'Create an index that begins with the columns of the key, before the key or with it. It is not added for you: the schema you end with is the one you wrote.',
    reference: 'https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK',
  },

  examples: {
    setup: `
      CREATE TABLE clients (id text PRIMARY KEY);
      CREATE TABLE "Consents" (id bigint PRIMARY KEY, client_id text, subject text);
      CREATE INDEX consents_subject ON "Consents" (subject, client_id);
      INSERT INTO clients SELECT 'client ' || n FROM generate_series(1, 30) AS n;
      INSERT INTO "Consents" SELECT n, 'client ' || 1 + n % 30, 'subject ' || n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Consents" ADD CONSTRAINT consents_client FOREIGN KEY (client_id) REFERENCES clients (id) NOT VALID;',
      'ALTER TABLE "Consents" ADD COLUMN granted_by text REFERENCES clients (id);',
    ],
    safe: [
      "SET lock_timeout = '100ms'; CREATE TABLE grants (client_id text REFERENCES clients (id), scope text, PRIMARY KEY (client_id, scope));",
      "SET lock_timeout = '100ms'; CREATE TABLE grants (client_id text); ALTER TABLE grants ADD FOREIGN KEY (client_id) REFERENCES clients (id); CREATE INDEX grants_client ON grants (client_id);",
    ],
  },

  detect(actions) {
    return actions.flatMap((judged, position) =>
      foreignKeysOf(judged.action).flatMap(({ table, key }): readonly TransactionDetection[] => {
        const { catalog } = judged
        if (isCovered(table, key, catalog) || isCoveredBy(actions.slice(position), table, key, catalog))
          return []
        const columns = key.columns.map(quoteIdentifier).join(', ')
        const unknown = catalog.table(table) === 'unknown' ? ' that is known' : ''
        return [
          {
            claims: [position],
            message: `No index of ${spelled(table, catalog)}${unknown} begins with ${columns}, which will refer to ${spelled(key.references, catalog)}.`,
          },
        ]
      }),
    )
  },
})

interface ForeignKey {
  readonly table: RelationName
  readonly key: ConstraintOf<'foreign-key'>
}

function foreignKeysOf(action: Action): readonly ForeignKey[] {
  if (!('table' in action)) return []
  const { table } = action
  return constraintsOf(action).flatMap((key) => (key.kind === 'foreign-key' ? [{ table, key }] : []))
}

function constraintsOf(action: Action): readonly ConstraintDefinition[] {
  if (action.kind === 'add-constraint') return [action.constraint]
  if (action.kind === 'add-column') return action.column.constraints
  if (action.kind !== 'create-table') return []
  return [...action.constraints, ...action.columns.flatMap(({ constraints }) => constraints)]
}

function isCovered(table: RelationName, key: ConstraintOf<'foreign-key'>, catalog: Catalog): boolean {
  const known = catalog.table(table)
  return typeof known === 'object' && isFoundByIndex(known, key.columns)
}

/** By an index, or a unique constraint, that the same transaction goes on to make. */
function isCoveredBy(
  later: readonly JudgedAction[],
  table: RelationName,
  key: ConstraintOf<'foreign-key'>,
  catalog: Catalog,
): boolean {
  const name = formatRelation(catalog.resolve(table))
  return later.some(({ action, catalog }) => {
    if (!('table' in action) || formatRelation(catalog.resolve(action.table)) !== name) return false
    if (action.kind === 'create-index') return !action.partial && beginsWith(action.columns, key.columns)
    return constraintsOf(action).some(
      (constraint) =>
        (constraint.kind === 'unique' || constraint.kind === 'primary-key') &&
        beginsWith(constraint.columns, key.columns),
    )
  })
}
