import type { JudgedAction } from '../effects/walk.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../postgres/relation-name.ts'
import { replicaIdentityOf } from '../sql/statement-facts.ts'
import { defineTransactionRule, type TransactionDetection } from './define-rule.ts'
import { constraintNameOf } from './steps/constraint-name.ts'
import { replacementFrom } from './steps/recipe.ts'
import { isReplicaIdentity } from './steps/replica-identity.ts'
import { replacedKeySteps } from './steps/replaced-key-steps.ts'

export default defineTransactionRule({
  id: 'replace-primary-key',
  severity: 'error',

  docs: {
    what: 'A primary key that is dropped, and another one added, in one transaction.',
    why: 'The new key’s index is built, and columns that may be NULL are read, under AccessExclusive: no statement of the application gets at the table until it ends. In two transactions nothing keeps rows apart in between.',
    instead:
      'Build a unique index for the new key beside the old one, make its columns NOT NULL, and let the two keys change places in one ALTER TABLE when the old application is gone. migrate plan does that.',
    reference:
      'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Auth";
      CREATE TABLE "Auth"."Grants" (
        client text CONSTRAINT "Grants by client" PRIMARY KEY,
        "Network" bigint NOT NULL DEFAULT 1,
        subject text DEFAULT '',
        note text
      );
      CREATE TABLE "Auth".numbers (id bigint PRIMARY KEY, code text NOT NULL);
      CREATE TABLE "Auth".uses (id bigint REFERENCES "Auth".numbers);
      CREATE TABLE "Auth"."Logins" (id bigint, device text NOT NULL, CONSTRAINT "Logins by id" PRIMARY KEY (id));
      ALTER TABLE "Auth"."Logins" REPLICA IDENTITY USING INDEX "Logins by id";
      CREATE PUBLICATION everything FOR TABLE "Auth"."Logins";
      INSERT INTO "Auth"."Logins" SELECT n, 'd' || n FROM generate_series(1, 300) AS n;
      INSERT INTO "Auth"."Grants" SELECT 'c' || n, n % 3, 's' || n FROM generate_series(1, 300) AS n;
      INSERT INTO "Auth".numbers SELECT n, 'n' || n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Auth"."Grants" DROP CONSTRAINT "Grants by client", ADD PRIMARY KEY (client, "Network");',
      'ALTER TABLE "Auth"."Grants" DROP CONSTRAINT "Grants by client";\nALTER TABLE "Auth"."Grants" ADD CONSTRAINT "Grants by client" PRIMARY KEY (subject, client) INCLUDE (note);',
      'ALTER TABLE "Auth".numbers DROP CONSTRAINT numbers_pkey CASCADE, ADD PRIMARY KEY (code);',
      'ALTER TABLE "Auth"."Logins" DROP CONSTRAINT "Logins by id", ADD CONSTRAINT "Logins by id" PRIMARY KEY (id, device);\nALTER TABLE "Auth"."Logins" REPLICA IDENTITY USING INDEX "Logins by id";',
      'ALTER TABLE "Auth"."Logins" DROP CONSTRAINT "Logins by id", ADD PRIMARY KEY (device, id);',
    ],
    safe: [
      'CREATE TABLE fresh (a int PRIMARY KEY, b int NOT NULL); ALTER TABLE fresh DROP CONSTRAINT fresh_pkey, ADD PRIMARY KEY (b);',
    ],
  },

  detect(actions) {
    return actions.flatMap((added, position): readonly TransactionDetection[] => {
      const { action, catalog } = added
      if (action.kind !== 'add-constraint' || action.constraint.kind !== 'primary-key') return []
      if (action.constraint.usingIndex !== null || added.effect.builds.length === 0) return []
      const dropped = actions.findLastIndex((drop, index) => index < position && isDropOfKey(drop, added))
      if (dropped < 0 || isNeededBetween(actions.slice(dropped, position))) return []
      const columns = action.constraint.columns.map(quoteIdentifier).join(', ')
      const table = formatRelation(catalog.resolve(action.table))
      const identities = identitiesAfter(actions, position)
      const isLost = identities.length === 0 && isIdentityOfKey(actions[dropped])
      return [
        {
          claims: [dropped, ...identities, position],
          message: `${table} gets ${columns} for its primary key in place of another, and stays locked against every statement, SELECT too, while the index is built.${isLost ? ' It has no replica identity any more, for that was the index of the old key.' : ''}`,
        },
      ]
    })
  },

  replace(claimed, { serverVersion }) {
    const [dropped, added] = [claimed[0], claimed.at(-1)]
    const [drop, add] = [dropped?.action, added?.action]
    if (dropped === undefined || added === undefined) return { cannot: 'A key is replaced by two actions.' }
    if (
      drop?.kind !== 'drop-constraint' ||
      add?.kind !== 'add-constraint' ||
      add.constraint.kind !== 'primary-key'
    ) {
      return { cannot: 'A primary key is replaced by one DROP CONSTRAINT and one ADD PRIMARY KEY.' }
    }
    const { catalog } = dropped
    const [table, old] = [catalog.table(drop.table), catalog.constraint(drop.table, drop.constraint)]
    if (typeof table !== 'object' || typeof old !== 'object') {
      return {
        cannot: 'Nothing is known of the key that is dropped: give the earlier migrations or a database.',
      }
    }
    const name = constraintNameOf(add, added.catalog)
    const context = { catalog, serverVersion }
    const identity =
      claimed
        .slice(1, -1)
        .map(({ action }) => replicaIdentityOf(action.sql))
        .at(-1) ?? null
    const replaced = { table, old, add, key: add.constraint, name, identity }
    return replacementFrom(replacedKeySteps(replaced, context), context)
  },
})

/** What the transaction makes of the table's replica identity behind the new key: without it no time must pass. */
function identitiesAfter(actions: readonly JudgedAction[], position: number): readonly number[] {
  const added = actions[position]
  return actions.flatMap(({ action, catalog }, at) =>
    at > position &&
    added?.action.kind === 'add-constraint' &&
    action.kind === 'alter-table' &&
    action.subcommand === 'REPLICA IDENTITY' &&
    isSameTable(catalog.resolve(action.table), added.catalog.resolve(added.action.table))
      ? [at]
      : [],
  )
}

function isIdentityOfKey(drop: JudgedAction | undefined): boolean {
  if (drop?.action.kind !== 'drop-constraint') return false
  const [table, old] = [
    drop.catalog.table(drop.action.table),
    drop.catalog.constraint(drop.action.table, drop.action.constraint),
  ]
  return typeof table === 'object' && typeof old === 'object' && isReplicaIdentity(table, old.index)
}

function isSameTable(one: QualifiedName, other: QualifiedName): boolean {
  return one.schema === other.schema && one.name === other.name
}

/** What stands between the two waits for the old key to be gone: both cannot go at once behind it. */
function isNeededBetween([dropped, ...between]: readonly JudgedAction[]): boolean {
  if (dropped?.action.kind !== 'drop-constraint') return false
  const { catalog, action } = dropped
  const old = catalog.constraint(action.table, action.constraint)
  const columns = typeof old === 'object' ? old.columns : []
  return between.some(
    (one) =>
      'column' in one.action && typeof one.action.column === 'string' && columns.includes(one.action.column),
  )
}

function isDropOfKey({ action, catalog, effect }: JudgedAction, added: JudgedAction): boolean {
  if (action.kind !== 'drop-constraint' || added.action.kind !== 'add-constraint') return false
  const found = catalog.constraint(action.table, action.constraint)
  return (
    effect.locks.length > 0 &&
    typeof found === 'object' &&
    found.kind === 'primary-key' &&
    isSameTable(catalog.resolve(action.table), added.catalog.resolve(added.action.table))
  )
}
