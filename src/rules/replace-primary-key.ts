import type { JudgedAction } from '../effects/walk.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../postgres/relation-name.ts'
import { replicaIdentityOf } from '../sql/statement-facts.ts'
import { defineTransactionRule, type TransactionDetection } from './define-rule.ts'
import { aroundKey, isSameSet, referencedColumns } from './steps/around-key.ts'
import { constraintNameOf } from './steps/constraint-name.ts'
import { comingReference, type ComingReference, type LeavingReference } from './steps/moved-reference.ts'
import { replacementFrom } from './steps/recipe.ts'
import { isReplicaIdentity } from './steps/replica-identity.ts'
import { replacedKeySteps, type ReplacedKey } from './steps/replaced-key-steps.ts'

export default defineTransactionRule({
  id: 'replace-primary-key',
  severity: 'error',
  recipe: ['R-10'],

  docs: {
    what: 'A primary key that is dropped, and another one added, in one transaction.',
    why: 'The new key’s index is built, and columns that may be NULL are read, under AccessExclusive: no statement of the application gets at the table until it ends. In two transactions nothing keeps rows apart in between.',
    instead:
      'Build a unique index for the new key beside the old one, make its columns NOT NULL, and let the two keys change places in one ALTER TABLE when the old application is gone. migrate plan does that, and takes along what the transaction says around them: foreign keys that it drops and adds again, DROP NOT NULL, REPLICA IDENTITY.',
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
      CREATE PUBLICATION everything FOR TABLE "Auth"."Logins" WITH (publish = 'insert');
      CREATE TABLE "Auth"."Users" (
        id bigint NOT NULL CONSTRAINT "Users by id" PRIMARY KEY,
        nid bigint NOT NULL DEFAULT 1,
        "Handle" text,
        boss bigint,
        CONSTRAINT "boss of user" FOREIGN KEY (boss) REFERENCES "Auth"."Users" ON DELETE SET NULL
      );
      CREATE TABLE "Auth".keys_of_users (
        "User" bigint CONSTRAINT "whose key is this, in a name as long as any of them may ever be" REFERENCES "Auth"."Users" ON DELETE CASCADE,
        nid bigint DEFAULT 1
      );
      ALTER TABLE "Auth".keys_of_users ADD CONSTRAINT never_checked FOREIGN KEY (nid) REFERENCES "Auth"."Users" (id) NOT VALID;
      CREATE INDEX ON "Auth".keys_of_users ("User", nid);
      CREATE INDEX ON "Auth"."Users" (boss, nid);
      CREATE TABLE "Auth".codes (code text NOT NULL CONSTRAINT "code once" UNIQUE, nid bigint NOT NULL DEFAULT 1);
      CREATE TABLE "Auth".uses_of_codes (code text REFERENCES "Auth".codes (code));
      ALTER TABLE "Auth".codes ADD CONSTRAINT codes_pk PRIMARY KEY (code);
      INSERT INTO "Auth"."Users" SELECT n, n % 3, 'h' || n, nullif(n / 2, 0) FROM generate_series(1, 300) AS n;
      INSERT INTO "Auth".keys_of_users SELECT n, n % 3 FROM generate_series(3, 300) AS n WHERE n % 3 > 0;
      INSERT INTO "Auth".codes SELECT 'c' || n FROM generate_series(1, 300) AS n;
      INSERT INTO "Auth".uses_of_codes SELECT 'c' || n FROM generate_series(1, 300) AS n;
      INSERT INTO "Auth"."Logins" SELECT n, 'd' || n FROM generate_series(1, 300) AS n;
      INSERT INTO "Auth"."Grants" SELECT 'c' || n, n % 3, 's' || n FROM generate_series(1, 300) AS n;
      INSERT INTO "Auth".numbers SELECT n, 'n' || n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Auth"."Grants" DROP CONSTRAINT "Grants by client", ADD PRIMARY KEY (client, "Network");',
      'ALTER TABLE "Auth"."Grants" DROP CONSTRAINT "Grants by client";\nALTER TABLE "Auth"."Grants" ADD CONSTRAINT "Grants by client" PRIMARY KEY (subject, client) INCLUDE (note);',
      'ALTER TABLE "Auth".numbers DROP CONSTRAINT numbers_pkey CASCADE, ADD PRIMARY KEY (code);',
      'ALTER TABLE "Auth"."Logins" DROP CONSTRAINT "Logins by id", ADD CONSTRAINT "Logins by both" PRIMARY KEY (id, device);\nALTER TABLE "Auth"."Logins" REPLICA IDENTITY USING INDEX "Logins by both";',
      'ALTER TABLE "Auth"."Logins" DROP CONSTRAINT "Logins by id", ADD PRIMARY KEY (device, id);',
      `ALTER TABLE "Auth".keys_of_users DROP CONSTRAINT "whose key is this, in a name as long as any of them may ever be", DROP CONSTRAINT never_checked;
ALTER TABLE "Auth"."Users" DROP CONSTRAINT "boss of user";
ALTER TABLE "Auth"."Users" DROP CONSTRAINT "Users by id";
ALTER TABLE "Auth"."Users" ADD CONSTRAINT "Users by id" PRIMARY KEY (id, nid);
ALTER TABLE "Auth".keys_of_users ADD CONSTRAINT "whose key is this, in a name as long as any of them may ever be" FOREIGN KEY ("User", nid) REFERENCES "Auth"."Users" ON DELETE CASCADE DEFERRABLE;`,
      `ALTER TABLE "Auth".keys_of_users DROP CONSTRAINT "whose key is this, in a name as long as any of them may ever be", DROP CONSTRAINT never_checked;
ALTER TABLE "Auth"."Users" DROP CONSTRAINT "boss of user", ADD CONSTRAINT "Users once" UNIQUE (id);
ALTER TABLE "Auth"."Users" DROP CONSTRAINT "Users by id", ADD PRIMARY KEY (id, nid);
ALTER TABLE "Auth".keys_of_users ADD CONSTRAINT never_checked FOREIGN KEY (nid) REFERENCES "Auth"."Users" (id) NOT VALID, ADD FOREIGN KEY ("User") REFERENCES "Auth"."Users" (id);
ALTER TABLE "Auth"."Users" ADD CONSTRAINT "boss of user" FOREIGN KEY (boss) REFERENCES "Auth"."Users" (id) ON DELETE SET NULL;`,
      'ALTER TABLE "Auth".codes DROP CONSTRAINT codes_pk, ADD CONSTRAINT codes_pk PRIMARY KEY (code, nid);',
      `ALTER TABLE "Auth"."Logins" DROP CONSTRAINT "Logins by id";
ALTER TABLE "Auth"."Logins" ALTER COLUMN id DROP NOT NULL;
ALTER TABLE "Auth"."Logins" ADD COLUMN nid bigint NOT NULL DEFAULT 1;
ALTER TABLE "Auth"."Logins" ADD PRIMARY KEY (device, nid);
ALTER TABLE "Auth"."Logins" REPLICA IDENTITY FULL;`,
      `ALTER TABLE "Auth"."Grants" DROP CONSTRAINT "Grants by client", ALTER client DROP NOT NULL, ADD PRIMARY KEY (subject, "Network");`,
      `ALTER TABLE "Auth"."Grants" DROP CONSTRAINT "Grants by client";
ALTER TABLE "Auth"."Grants" ALTER COLUMN client DROP NOT NULL, ALTER subject DROP DEFAULT;
ALTER TABLE "Auth"."Grants" ADD PRIMARY KEY (subject, client);`,
      'ALTER TABLE "Auth"."Logins" DROP CONSTRAINT "Logins by id", ADD PRIMARY KEY (device);\nALTER TABLE "Auth"."Logins" REPLICA IDENTITY DEFAULT;\nALTER TABLE "Auth"."Logins" DROP COLUMN id;',
      'ALTER TABLE "Auth"."Grants" DROP CONSTRAINT "Grants by client";\nALTER TABLE "Auth"."Grants" DROP COLUMN client, ADD PRIMARY KEY (subject);',
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
      if (dropped < 0) return []
      const columns = action.constraint.columns.map(quoteIdentifier).join(', ')
      const table = formatRelation(catalog.resolve(action.table))
      const around = aroundKey(actions, { dropped, added: position })
      const isLost = around.identities.length === 0 && isIdentityOfKey(actions[dropped])
      return [
        {
          claims: [dropped, ...Object.values(around).flat(), position],
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
    const pair = { table, old, drop, add, key: add.constraint, name, after: added.catalog }
    const context = { catalog, serverVersion }
    return replacementFrom(replacedKeySteps({ ...pair, ...goingAlong(claimed, pair) }, context), context)
  },
})

/** What is claimed beside the two, by what it is to the key. */
function goingAlong(
  claimed: readonly JudgedAction[],
  { old, key }: Pick<ReplacedKey, 'old' | 'key'>,
): Pick<ReplacedKey, 'identity' | 'nullable' | 'inTheWay' | 'leaving' | 'coming'> {
  const others = claimed.slice(1, -1)
  const leaving = others.flatMap(leavingIn)
  const coming = others.flatMap((one) => comingIn(one, leaving, { old, key, dropped: claimed[0] }))
  return {
    leaving,
    coming,
    identity:
      others.map(({ action }) => replicaIdentityOf(action.sql)).findLast((one) => one !== null) ?? null,
    nullable: others.flatMap(({ action, catalog }) =>
      action.kind === 'drop-not-null' ? [{ action, catalog }] : [],
    ),
    inTheWay: others.flatMap(({ action }) =>
      action.kind === 'drop-column' || action.kind === 'rename-column' || action.kind === 'alter-column-type'
        ? [action]
        : [],
    ),
  }
}

function leavingIn({ action, catalog }: JudgedAction): readonly LeavingReference[] {
  if (action.kind !== 'drop-constraint') return []
  const [child, constraint] = [
    catalog.table(action.table),
    catalog.constraint(action.table, action.constraint),
  ]
  return typeof child === 'object' && typeof constraint === 'object' ? [{ child, constraint }] : []
}

function comingIn(
  { action, catalog }: JudgedAction,
  leaving: readonly LeavingReference[],
  { old, key, dropped }: Pick<ReplacedKey, 'old' | 'key'> & { readonly dropped: JudgedAction | undefined },
): readonly ComingReference[] {
  if (action.kind !== 'add-constraint' || action.constraint.kind !== 'foreign-key') return []
  const child = catalog.table(action.table)
  if (typeof child !== 'object') return []
  const name = constraintNameOf(action, catalog)
  const isLeaving = leaving.some((one) => one.constraint.name === name && isSameTable(one.child, child))
  const columns = referencedColumns(action.constraint, key.columns)
  const given = {
    child,
    action,
    constraint: action.constraint,
    name,
    isTaken: isLeaving || typeof dropped?.catalog.constraint(child, name) === 'object',
    isAhead: isSameSet(columns, key.columns) && !isSameSet(columns, old.columns),
  }
  return [comingReference(given, key.columns, catalog)]
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
