/**
 * A replay of statements and the database after the same statements must tell the same: tables with their columns,
 * constraints and indexes. Definitions are compared by presence only, since PostgreSQL words them anew.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { catalogOf, emptyCatalog, snapshotOf } from '../src/catalog/replay.ts'
import { readCatalog } from '../src/database/read-catalog.ts'
import type { Session } from '../src/database/session.ts'
import { walk } from '../src/effects/walk.ts'
import type { Catalog } from '../src/catalog/catalog.ts'
import type { CatalogSnapshot } from '../src/model/catalog.ts'
import { rules } from '../src/rules/index.ts'
import { readMigrations } from '../src/source/read-migrations.ts'
import { parseScript } from '../src/sql/parse-script.ts'
import { loadParser } from '../src/sql/parser.ts'
import { comparable } from './support/comparable-catalog.ts'
import { createTestDatabase } from './support/database.ts'

const serverVersion = { min: 14, max: 18 }

beforeAll(() => loadParser())

function replayed(sql: string, catalog: Catalog): Catalog {
  const script = parseScript(sql, 'test.sql')
  expect(script.problems).toEqual([])
  return walk(script.statements, { transaction: 'statement', catalog, serverVersion }).catalog
}

const nothing = () => emptyCatalog({ complete: true, searchPath: ['public'] })

async function onDatabase<T>(run: (session: Session) => Promise<T>): Promise<T> {
  const database = await createTestDatabase()
  try {
    return await run(database.session)
  } finally {
    await database.drop()
  }
}

/** Statement by statement, as a runner without transactions does. */
async function execute(session: Session, sql: string): Promise<void> {
  for (const { text } of parseScript(sql, 'test.sql').statements) await session.execute(text)
  await session.execute('RESET search_path')
}

/**
 * What the database tells, less the columns of tables OF a type: no statement has named them, and ALTER TYPE may change
 * them at any time. Of each of them the replay must say that it does not know, and never that it is not there.
 */
function withoutUnknownColumns(told: CatalogSnapshot, catalog: Catalog): CatalogSnapshot {
  const tables = told.tables.map((table) => {
    const found = catalog.table(table)
    const isUnknown = table.kind === 'table' && typeof found === 'object' && found.columns.length === 0
    if (!isUnknown) return table
    for (const { name } of table.columns) expect(catalog.column(table, name)).toBe('unknown')
    return { ...table, columns: [] }
  })
  return { ...told, tables }
}

const histories: Readonly<Record<string, string>> = {
  'names that PostgreSQL gives': `
    CREATE TABLE t (id serial PRIMARY KEY, a int UNIQUE, b int CHECK (b > 0), c int CHECK (c > b), d int, e int,
      UNIQUE (a, b), CHECK (d > 0), CHECK (d > e), FOREIGN KEY (d) REFERENCES t (a), FOREIGN KEY (e) REFERENCES t);
    ALTER TABLE t ADD UNIQUE (d), ADD CHECK (b < 9), ADD FOREIGN KEY (b) REFERENCES t (a);
    ALTER TABLE t ADD UNIQUE (d);
    CREATE INDEX ON t (a, b); CREATE INDEX ON t (a, b); CREATE INDEX ON t (a) INCLUDE (b);
    CREATE TABLE a_table_with_quite_a_long_name_to_begin_with_and_more (a_column_with_a_long_name_as_well int UNIQUE,
      another_column_with_a_long_name int REFERENCES t (a));
    CREATE INDEX ON a_table_with_quite_a_long_name_to_begin_with_and_more (a_column_with_a_long_name_as_well,
      another_column_with_a_long_name);`,
  'types in all spellings': `
    CREATE TYPE mood AS ENUM ('a'); CREATE SCHEMA other; CREATE TYPE other."Big" AS (x int);
    CREATE DOMAIN word AS text;
    CREATE TABLE t (a int8, b varchar(3), c varchar, d char, e char(4), f bpchar, g numeric(5), h numeric(5,2), i decimal,
      j float, k float(3), l float8, m timestamp, n timestamptz(3), o time(2), p timetz, q interval, r interval(3),
      s interval year to month, t interval day to second(3), u bit, v bit varying(5), w int[], x text[][], y mood,
      z other."Big", aa mood[], ab "char", ac bool, ad smallserial, ae bigserial, af word, ag national character varying(3),
      ah timestamp(3) with time zone, ai dec(4,1), aj public.mood, ak pg_catalog.int4, al character varying(7)[],
      am int ARRAY, an xml, ao jsonb, ap uuid);`,
  'triggers are switched off and on': `
    CREATE TABLE t (id int PRIMARY KEY, a int) PARTITION BY RANGE (id); CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (1) TO (9);
    CREATE TABLE u (id int PRIMARY KEY);
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER one BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION f();
    CREATE TRIGGER two AFTER UPDATE ON u FOR EACH ROW EXECUTE FUNCTION f();
    CREATE TRIGGER "Three" BEFORE DELETE ON u FOR EACH ROW EXECUTE FUNCTION f();
    CREATE TRIGGER four BEFORE DELETE ON u FOR EACH ROW EXECUTE FUNCTION f();
    CREATE TRIGGER "on both" AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
    CREATE TRIGGER again AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();
    ALTER TABLE u DISABLE TRIGGER USER;
    ALTER TABLE u ENABLE TRIGGER one, ENABLE ALWAYS TRIGGER "Three", ENABLE REPLICA TRIGGER two;
    DROP TRIGGER four ON u;
    ALTER TABLE u ENABLE REPLICA TRIGGER one;
    ALTER TABLE t DISABLE TRIGGER "on both";
    ALTER TABLE t DISABLE TRIGGER again; ALTER TABLE t ENABLE TRIGGER again;`,
  'columns come and go': `
    CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY, a int NOT NULL DEFAULT 3, b text COLLATE "C", c int, d int);
    CREATE INDEX i ON t (a, c); CREATE UNIQUE INDEX j ON t (b) WHERE c > 0; CREATE INDEX k ON t (d) INCLUDE (c);
    ALTER TABLE t ADD CONSTRAINT both_set CHECK (c > d), ADD CONSTRAINT lone CHECK (a > 0);
    ALTER TABLE t ADD COLUMN e int GENERATED ALWAYS AS (d * 2) STORED, ADD f bigint UNIQUE CHECK (f > 0), ADD g serial;
    ALTER TABLE t ADD COLUMN IF NOT EXISTS a text;
    ALTER TABLE t DROP COLUMN c;
    ALTER TABLE t RENAME COLUMN a TO z;
    ALTER TABLE t ALTER z TYPE bigint, ALTER z DROP NOT NULL, ALTER z DROP DEFAULT, ALTER d SET NOT NULL, ALTER d SET DEFAULT 7;
    ALTER TABLE t ALTER id DROP IDENTITY; ALTER TABLE t ALTER e DROP EXPRESSION;`,
  'constraints come and go': `
    CREATE TABLE p (id int PRIMARY KEY, code text UNIQUE); CREATE TABLE c (id int, p_id int, code text);
    ALTER TABLE c ADD CONSTRAINT fk FOREIGN KEY (p_id) REFERENCES p NOT VALID,
      ADD CONSTRAINT nn CHECK (p_id IS NOT NULL) NOT VALID, ADD CONSTRAINT keep CHECK (id > 0) NOT VALID;
    ALTER TABLE c VALIDATE CONSTRAINT fk; ALTER TABLE c VALIDATE CONSTRAINT nn;
    CREATE UNIQUE INDEX c_id ON c (id); CREATE UNIQUE INDEX c_code ON c (code);
    ALTER TABLE c ADD CONSTRAINT c_key PRIMARY KEY USING INDEX c_id, ADD UNIQUE USING INDEX c_code;
    ALTER TABLE c ADD CONSTRAINT by_code FOREIGN KEY (code) REFERENCES p (code);
    ALTER TABLE c RENAME CONSTRAINT c_key TO c_pk; ALTER TABLE c RENAME CONSTRAINT nn TO renamed;
    CREATE TABLE d (p_id int, CONSTRAINT d_fk FOREIGN KEY (p_id) REFERENCES p NOT VALID, CONSTRAINT d_small CHECK (p_id < 9) NOT VALID);
    ALTER TABLE d DROP CONSTRAINT d_fk;
    ALTER TABLE p DROP CONSTRAINT p_code_key CASCADE; ALTER TABLE c DROP CONSTRAINT IF EXISTS no_such;
    ALTER TABLE p DROP CONSTRAINT p_pkey CASCADE;`,
  'tables and indexes move': `
    CREATE SCHEMA far; CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a_id int REFERENCES a);
    CREATE INDEX b_i ON b (a_id); ALTER INDEX b_i RENAME TO b_j; ALTER INDEX a_pkey RENAME TO a_pk;
    ALTER TABLE a RENAME TO "A b"; ALTER TABLE "A b" SET SCHEMA far; ALTER TABLE far."A b" RENAME COLUMN id TO "Id";
    DROP INDEX IF EXISTS no_such; CREATE TABLE gone (id int); DROP TABLE gone; DROP TABLE IF EXISTS gone;
    CREATE TABLE c (a_id int REFERENCES far."A b"); DROP TABLE far."A b" CASCADE;
    CREATE TABLE IF NOT EXISTS c (other text); CREATE INDEX IF NOT EXISTS b_j ON c (a_id); DROP INDEX b_j;`,
  'triggers of partitioned tables': `
    CREATE TABLE p (id int) PARTITION BY RANGE (id); CREATE TABLE q PARTITION OF p DEFAULT PARTITION BY HASH (id);
    CREATE TABLE r PARTITION OF q FOR VALUES WITH (MODULUS 1, REMAINDER 0);
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER for_rows AFTER UPDATE ON p FOR EACH ROW EXECUTE FUNCTION f();
    CREATE TRIGGER for_all AFTER INSERT ON p EXECUTE FUNCTION f();
    CREATE TRIGGER gone AFTER DELETE ON q FOR EACH ROW EXECUTE FUNCTION f(); DROP TRIGGER gone ON q;
    CREATE TRIGGER kept AFTER DELETE ON r FOR EACH ROW EXECUTE FUNCTION f();`,
  'the search path': `
    CREATE SCHEMA app; SET search_path TO app, public; CREATE TABLE t (id int); CREATE TABLE public.u (id int);
    ALTER TABLE u ADD a int; ALTER TABLE t ADD b int; RESET search_path; CREATE TABLE t (id text);
    ALTER TABLE t ADD c int; SET search_path TO "$user", app; CREATE INDEX ON t (id);`,
  'LIKE with all it may include': `
    CREATE TABLE r (id int PRIMARY KEY);
    CREATE TABLE a (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, b int DEFAULT 3 UNIQUE, c text NOT NULL, d int REFERENCES r,
      e int GENERATED ALWAYS AS (b * 2) STORED, CONSTRAINT positive CHECK (b > 0));
    CREATE INDEX a_c ON a (c) WHERE b > 1; CREATE INDEX ON a (lower(c), b);
    CREATE TABLE every (LIKE a INCLUDING ALL); CREATE TABLE bare (LIKE a); CREATE TABLE part (LIKE a INCLUDING DEFAULTS, f int);
    CREATE TABLE keyed (LIKE a INCLUDING INDEXES INCLUDING CONSTRAINTS); CREATE TABLE most (LIKE a INCLUDING ALL EXCLUDING INDEXES);`,
  'names of expressions': `
    CREATE TABLE t (a text, b int, c date);
    CREATE INDEX ON t (lower(a)); CREATE INDEX ON t ((b + 1)); CREATE INDEX ON t ((a || 'x'), b); CREATE INDEX ON t ((b::bigint));
    CREATE INDEX ON t (coalesce(b, 0)); CREATE INDEX ON t ((CASE WHEN b > 0 THEN a END)); CREATE INDEX ON t ((extract(year FROM c)));
    CREATE INDEX ON t (lower(a) COLLATE "C"); ALTER TABLE t ALTER b SET NOT NULL, ALTER b ADD GENERATED ALWAYS AS IDENTITY;
    CREATE SCHEMA s; CREATE TABLE s.u (a int PRIMARY KEY); CREATE TABLE v (a int REFERENCES s.u); DROP SCHEMA s CASCADE;`,
  'replica identities': `
    CREATE SCHEMA "Far";
    CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL CONSTRAINT b_once UNIQUE, c int NOT NULL); CREATE UNIQUE INDEX a_c ON a (c);
    CREATE TABLE b (LIKE a INCLUDING ALL); CREATE TABLE c (LIKE a INCLUDING ALL); CREATE TABLE d (LIKE a INCLUDING ALL);
    CREATE TABLE e (LIKE a INCLUDING ALL); CREATE TABLE f (LIKE a INCLUDING ALL); CREATE TABLE g (LIKE a INCLUDING ALL);
    CREATE TABLE h (LIKE a INCLUDING ALL); CREATE VIEW v AS SELECT id FROM a;
    ALTER TABLE a REPLICA IDENTITY FULL; ALTER TABLE b REPLICA IDENTITY NOTHING; ALTER TABLE c REPLICA IDENTITY FULL, REPLICA IDENTITY DEFAULT;
    ALTER TABLE d REPLICA IDENTITY USING INDEX d_pkey; ALTER TABLE d DROP CONSTRAINT d_pkey, ADD PRIMARY KEY (b);
    ALTER TABLE e REPLICA IDENTITY USING INDEX e_c_idx; ALTER INDEX e_c_idx RENAME TO "E c"; ALTER TABLE e SET SCHEMA "Far";
    ALTER TABLE f REPLICA IDENTITY USING INDEX f_b_key; ALTER TABLE f RENAME CONSTRAINT f_b_key TO f_once;
    ALTER TABLE g REPLICA IDENTITY USING INDEX g_c_idx; ALTER TABLE g DROP COLUMN c;
    ALTER TABLE h REPLICA IDENTITY USING INDEX h_c_idx; ALTER TABLE h DROP CONSTRAINT h_pkey, ADD CONSTRAINT h_k PRIMARY KEY USING INDEX h_c_idx;
    CREATE TABLE i (LIKE a INCLUDING ALL); ALTER TABLE i REPLICA IDENTITY USING INDEX i_c_idx; DROP INDEX i_c_idx; CREATE UNIQUE INDEX i_c_idx ON i (c);`,
  inheritance: `
    CREATE TABLE base (id int NOT NULL, a text DEFAULT 'x', CONSTRAINT positive CHECK (id > 0));
    CREATE TABLE heir (b int) INHERITS (base); CREATE TABLE alike (LIKE base);`,
  partitions: `
    CREATE TABLE r (id int PRIMARY KEY);
    CREATE TABLE p (id int, at date NOT NULL, r_id int, CONSTRAINT c CHECK (id > 0), PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
    CREATE INDEX p_r ON p (r_id); ALTER TABLE p ADD CONSTRAINT fk FOREIGN KEY (r_id) REFERENCES r;
    CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
    ALTER TABLE p ADD COLUMN note text DEFAULT 'x', ADD CONSTRAINT d CHECK (note <> '');
    ALTER TABLE p ALTER note SET NOT NULL; ALTER TABLE p RENAME COLUMN note TO remark;
    CREATE TABLE p3 (id int NOT NULL, at date NOT NULL, r_id int, remark text NOT NULL DEFAULT 'x',
      CONSTRAINT c CHECK (id > 0), CONSTRAINT d CHECK (remark <> ''));
    ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM ('2022-01-01') TO ('2023-01-01');
    ALTER TABLE p DETACH PARTITION p1; ALTER TABLE p DROP CONSTRAINT d; DROP INDEX p_r;`,
  'views and triggers': `
    CREATE TABLE t (id int PRIMARY KEY, a int);
    CREATE VIEW v AS SELECT * FROM t; CREATE OR REPLACE VIEW v AS SELECT id, a FROM t; CREATE VIEW w AS SELECT id FROM v;
    CREATE MATERIALIZED VIEW m AS SELECT a FROM t; CREATE INDEX m_a ON m (a); DROP VIEW w;
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER on_update BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();
    CREATE TRIGGER on_both AFTER INSERT OR UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION f();
    CREATE TRIGGER on_insert BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
    DROP TRIGGER on_update ON t;`,
}

describe('a replay tells what the database tells', () => {
  it.each(Object.entries(histories))('%s', async (_, sql) => {
    const read = await onDatabase(async (session) => {
      await execute(session, sql)
      return readCatalog(session)
    })
    expect(Object.keys(comparable(read)).length).toBeGreaterThan(0)
    expect(comparable(snapshotOf(replayed(sql, nothing())))).toEqual(comparable(read))
  })

  it('over every step of the worked example, up and down', async () => {
    const folder = resolve(import.meta.dirname, '../migrations/1.x')
    const files = readdirSync(folder).map((path) => ({
      path,
      text: readFileSync(`${folder}/${path}`, 'utf8'),
    }))
    const migrations = readMigrations(files, { layout: 'ory', transaction: null })
    if (!migrations.ok) throw new Error(migrations.problems.map(({ message }) => message).join('\n'))
    await onDatabase(async (session) => {
      let catalog = nothing()
      for (const { path, text } of [...migrations.value.up, ...migrations.value.down]) {
        await execute(session, text)
        catalog = replayed(text, catalog)
        expect({ path, ...comparable(snapshotOf(catalog)) }).toEqual({
          path,
          ...comparable(await readCatalog(session)),
        })
      }
    })
  })

  it('over the settings of the rules, and a snapshot comes back as it was', async () => {
    expect(rules.length).toBeGreaterThan(0)
    for (const { id, examples } of rules) {
      await onDatabase(async (session) => {
        await execute(session, examples.setup)
        const start = await readCatalog(session)
        const catalog = replayed(examples.setup, nothing())
        expect({ id, ...comparable(snapshotOf(catalog)) }).toEqual({
          id,
          ...comparable(withoutUnknownColumns(start, catalog)),
        })
        expect(snapshotOf(catalogOf(start))).toEqual(start)
      })
    }
  })
})
