import { beforeAll, expect, it } from 'vitest'
import { loadParser } from '../sql/parser.ts'
import { dumpedCatalog } from './dumped-catalog.ts'

beforeAll(loadParser)

const options = { searchPath: ['public'], serverVersion: { min: 14, max: 18 } }

it('passes over what pg_dump says to psql, and reads what 18 writes', () => {
  const dump = String.raw`
\restrict kDq3
SET transaction_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE DATABASE shop WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'en_US.UTF-8';
\unrestrict kDq3
\connect shop
\restrict kDq3
CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;
COMMENT ON EXTENSION citext IS 'data type for case-insensitive character strings';
CREATE TABLE public.orders (
    id integer NOT NULL,
    code public.citext CONSTRAINT "has a code" NOT NULL,
    note text,
    twice integer GENERATED ALWAYS AS ((id * 2))
);
ALTER TABLE public.orders OWNER TO shop;
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
ALTER TABLE public.orders
    ADD CONSTRAINT orders_note_not_null NOT NULL note NOT VALID;
\unrestrict kDq3
`
  const read = dumpedCatalog(dump, 'dump.sql', options)
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('\n'))
  const orders = { schema: 'public', name: 'orders' }
  const proved = ['id', 'code', 'note'].map((column) => read.value.isProvedNotNull(orders, column))
  expect(proved).toEqual(['yes', 'yes', 'no'])
})

it('says once where the rows of a dump begin', () => {
  const dump =
    'CREATE TABLE t (a int);\nCOPY public.t (a) FROM stdin;\n1\n\\.\nCOPY public.t (a) FROM stdin;\n2\n\\.\n'
  const read = dumpedCatalog(dump, 'dump.sql', options)
  expect(read).toMatchObject({
    ok: false,
    problems: [{ code: 'dump-with-rows', position: { line: 2, column: 1 } }],
  })
})

it('refuses what it does not understand', () => {
  const read = dumpedCatalog('\\i other.sql\nCREATE TABEL t (a int);\n', 'dump.sql', options)
  expect(read).toMatchObject({ ok: false, problems: [{ code: 'psql-command' }, { code: 'syntax-error' }] })
})
