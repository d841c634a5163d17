/**
 * A small shop with something of everything: a table that stays, one that changes its types under its own name, one that is
 * split, two that become one, and tokens that are revoked.
 */
import type { z } from 'zod'
import { bluegreenFile, type BluegreenFile } from '../../src/model/bluegreen.ts'

export const shopOnBlue = `
CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, city text);
CREATE TABLE orders (id serial PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, amount numeric(10,2) NOT NULL, tags text NOT NULL DEFAULT '');
CREATE INDEX orders_customer ON orders (customer_id);
CREATE TABLE logins (challenge text PRIMARY KEY, subject text NOT NULL);
CREATE TABLE login_answers (challenge text PRIMARY KEY REFERENCES logins ON DELETE CASCADE, error text NOT NULL);
CREATE TABLE "Token" (signature text PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, active boolean NOT NULL DEFAULT true);
CREATE TABLE history (version text PRIMARY KEY);
INSERT INTO history VALUES ('1');
INSERT INTO customers (name, city) SELECT 'name ' || n, CASE WHEN n % 3 = 0 THEN NULL ELSE 'city ' || n % 7 END FROM generate_series(1, 200) n;
INSERT INTO orders (customer_id, amount, tags) SELECT 1 + n % 200, n * 1.25, CASE n % 3 WHEN 0 THEN '' WHEN 1 THEN 'a' ELSE 'a|b"c' END FROM generate_series(1, 1000) n;
INSERT INTO logins SELECT 'l' || n, 'user ' || n FROM generate_series(1, 300) n;
INSERT INTO login_answers SELECT 'l' || n, CASE n % 5 WHEN 0 THEN 'denied' ELSE '{}' END FROM generate_series(1, 300, 2) n;
INSERT INTO "Token" SELECT 'sig' || n, 1 + n % 200, n % 10 <> 0 FROM generate_series(1, 400) n;`

/** Orders count cents and keep their tags as jsonb, under the same name; customers lose their city to a table of its own. */
export const shopOnGreen = `
CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, upper_name text GENERATED ALWAYS AS (upper(name)) STORED);
CREATE TABLE addresses (customer_id bigint PRIMARY KEY REFERENCES customers ON DELETE CASCADE, city text NOT NULL);
CREATE TABLE orders (id bigserial PRIMARY KEY, public_id uuid NOT NULL DEFAULT gen_random_uuid(), customer_id bigint NOT NULL REFERENCES customers,
  amount_cents bigint NOT NULL, tags jsonb NOT NULL DEFAULT '[]');
CREATE TABLE flow (challenge text PRIMARY KEY, subject text NOT NULL, state int NOT NULL, error text);
CREATE TABLE "Token" (signature text NOT NULL, tenant int NOT NULL, customer_id bigint NOT NULL, active boolean NOT NULL DEFAULT true,
  PRIMARY KEY (signature, tenant), UNIQUE (signature));
CREATE TABLE tenants (id int PRIMARY KEY);
INSERT INTO tenants VALUES (7);
CREATE TABLE history (version text PRIMARY KEY);`

export function shopFile(over: Partial<z.input<typeof bluegreenFile>> = {}): BluegreenFile {
  return bluegreenFile.parse({
    formatVersion: 1,
    name: 'shop',
    exclude: [{ table: 'public.history', because: 'each side has its own', copy: true }],
    fill: { 'public."Token"': { tenant: '(SELECT id FROM tenants)' } },
    targets: [
      {
        table: 'public.customers',
        key: ['id'],
        columns: { id: 'id', name: 'name' },
        sources: [{ table: 'public.customers' }],
      },
      {
        table: 'public.addresses',
        key: ['customer_id'],
        columns: { customer_id: 'id', city: 'city' },
        where: 'city IS NOT NULL',
        sources: [{ table: 'public.customers', keys: 'SELECT changed.id' }],
      },
      {
        table: 'public.orders',
        key: ['id'],
        columns: {
          id: 'id',
          customer_id: 'customer_id',
          amount_cents: '(amount * 100)::bigint',
          tags: `CASE tags WHEN '' THEN '[]'::jsonb ELSE to_jsonb(string_to_array(tags, '|')) END`,
        },
        sources: [{ table: 'public.orders' }],
      },
      {
        table: 'public.flow',
        key: ['challenge'],
        columns: {
          challenge: 'l.challenge',
          subject: 'l.subject',
          state: `CASE WHEN a.error IS NULL THEN 1 WHEN a.error = '{}' THEN 3 ELSE 128 END`,
          error: 'a.error',
        },
        from: 'logins l LEFT JOIN login_answers a USING (challenge)',
        sources: [{ table: 'public.logins' }, { table: 'public.login_answers' }],
      },
    ],
    back: [
      {
        table: 'public.customers',
        key: ['id'],
        columns: { id: 'c.id', name: 'c.name', city: 'a.city' },
        from: 'customers c LEFT JOIN addresses a ON a.customer_id = c.id',
        sources: [
          { table: 'public.customers' },
          { table: 'public.addresses', keys: 'SELECT changed.customer_id' },
        ],
      },
      {
        table: 'public.orders',
        key: ['id'],
        columns: {
          id: 'id',
          customer_id: 'customer_id',
          amount: 'amount_cents / 100.0',
          tags: `coalesce((SELECT string_agg(tag, '|' ORDER BY place) FROM jsonb_array_elements_text(tags) WITH ORDINALITY AS listed (tag, place)), '')`,
        },
        sources: [{ table: 'public.orders' }],
      },
      {
        table: 'public.logins',
        key: ['challenge'],
        columns: { challenge: 'challenge', subject: 'subject' },
        sources: [{ table: 'public.flow' }],
      },
      {
        table: 'public.login_answers',
        key: ['challenge'],
        columns: { challenge: 'challenge', error: 'error' },
        where: 'error IS NOT NULL',
        sources: [{ table: 'public.flow' }],
      },
    ],
    events: [
      {
        name: 'token.revoked',
        table: 'public."Token"',
        when: 'OLD.active AND NOT NEW.active',
        deleted: true,
        key: ['signature'],
        green: [{ table: 'public."Token"', match: { signature: 'signature' }, dead: { active: 'false' } }],
      },
    ],
    invariants: [
      {
        name: 'money',
        blue: 'SELECT sum(amount)::text AS money FROM orders',
        green: 'SELECT (sum(amount_cents) / 100.0)::numeric(20,2)::text AS money FROM orders',
      },
    ],
    ...over,
  })
}
