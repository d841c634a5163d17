import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type {
  CatalogSnapshot,
  ColumnSnapshot,
  ConstraintSnapshot,
  IndexSnapshot,
  ObjectSnapshot,
  TableSnapshot,
  TriggerSnapshot,
} from '../model/catalog.ts'
import { compareCatalogs } from './catalog-difference.ts'

function column(over: Partial<ColumnSnapshot> = {}): ColumnSnapshot {
  return {
    name: 'id',
    type: 'bigint',
    notNull: true,
    default: null,
    identity: null,
    generated: null,
    collation: null,
    ...over,
  }
}

function constraint(over: Partial<ConstraintSnapshot> = {}): ConstraintSnapshot {
  return {
    name: 'orders_customer_fkey',
    kind: 'foreign-key',
    columns: ['customer'],
    definition: 'FOREIGN KEY (customer) REFERENCES customers(id)',
    validated: true,
    references: { schema: 'public', name: 'customers', columns: ['id'] },
    index: null,
    ...over,
  }
}

function index(over: Partial<IndexSnapshot> = {}): IndexSnapshot {
  return {
    name: 'orders_customer',
    unique: false,
    valid: true,
    method: 'btree',
    columns: ['customer', null],
    include: ['note'],
    partial: false,
    definition:
      'CREATE INDEX orders_customer ON public.orders USING btree (customer, lower(note)) INCLUDE (note)',
    ...over,
  }
}

function table(over: Partial<TableSnapshot> = {}): TableSnapshot {
  return {
    schema: 'public',
    name: 'orders',
    kind: 'table',
    partitionOf: null,
    columns: [
      column(),
      column({ name: 'customer', notNull: false }),
      column({ name: 'note', type: 'text', collation: 'C', default: `''::text` }),
    ],
    constraints: [
      constraint(),
      constraint({ name: 'positive', kind: 'check', definition: 'CHECK ((id > 0))', references: null }),
    ],
    indexes: [index(), index({ name: 'orders_note', columns: ['note'], unique: true })],
    triggers: [{ name: 'touch', events: ['update'], columns: [] }],
    replicaIdentity: { kind: 'default' },
    estimatedRows: 10,
    tableBytes: null,
    indexBytes: null,
    ...over,
  }
}

function catalog(over: Partial<CatalogSnapshot> = {}): CatalogSnapshot {
  return {
    origin: 'database',
    complete: true,
    serverMajor: 15,
    server: null,
    searchPath: ['public'],
    tables: [table(), table({ name: 'Lines', partitionOf: { schema: 'public', name: 'orders' } })],
    objects: [
      { kind: 'privilege', identity: 'table public.orders', definition: 'app=arw/owner' },
      { kind: 'comment', identity: 'table public.orders', definition: 'what people bought' },
    ],
    ...over,
  }
}

function only(one: CatalogSnapshot, other: CatalogSnapshot) {
  return compareCatalogs(one, other).differences
}

describe('compareCatalogs', () => {
  it('finds nothing between a catalog and itself, whatever the order it is told in', () => {
    const one = catalog()
    const other = catalog({
      tables: one.tables.toReversed().map((each) => ({
        ...each,
        constraints: each.constraints.toReversed(),
        indexes: each.indexes.toReversed(),
        triggers: each.triggers.toReversed(),
        estimatedRows: null,
        tableBytes: null,
        indexBytes: null,
      })),
      objects: one.objects.toReversed(),
      origin: 'replay',
    })
    expect(compareCatalogs(one, other)).toEqual({ differences: [], columnOrder: [] })
  })

  it('tells the order of columns apart from everything else', () => {
    const moved = catalog({
      tables: [table({ columns: table().columns.toReversed() }), ...catalog().tables.slice(1)],
    })
    expect(compareCatalogs(catalog(), moved)).toEqual({
      differences: [],
      columnOrder: [
        { table: 'public.orders', expected: ['id', 'customer', 'note'], actual: ['note', 'customer', 'id'] },
      ],
    })
  })

  it('says in SQL what was expected and what is there', () => {
    const altered = catalog({
      tables: [
        table({
          columns: [
            column({ default: '5' }),
            column({ name: 'note', type: 'text', collation: 'C', default: `''::text` }),
          ],
          constraints: [constraint({ validated: false })],
          indexes: [index({ valid: false }), index({ name: 'extra' })],
        }),
        ...catalog().tables.slice(1),
      ],
    })
    expect(only(catalog(), altered)).toEqual([
      {
        kind: 'missing',
        object: 'column public.orders.customer',
        expected: 'bigint',
        actual: null,
      },
      {
        kind: 'changed',
        object: 'column public.orders.id',
        expected: 'bigint NOT NULL',
        actual: 'bigint DEFAULT 5 NOT NULL',
      },
      {
        kind: 'changed',
        object: 'constraint public.orders.orders_customer_fkey',
        expected: 'FOREIGN KEY (customer) REFERENCES customers(id)',
        actual: 'FOREIGN KEY (customer) REFERENCES customers(id) NOT VALID',
      },
      {
        kind: 'missing',
        object: 'constraint public.orders.positive',
        expected: 'CHECK ((id > 0))',
        actual: null,
      },
      { kind: 'unexpected', object: 'index public.extra', expected: null, actual: index().definition },
      {
        kind: 'changed',
        object: 'index public.orders_customer',
        expected: index().definition,
        actual: `${index().definition} (INVALID)`,
      },
      { kind: 'missing', object: 'index public.orders_note', expected: index().definition, actual: null },
    ])
  })

  it('shows the raw values where two columns read alike', () => {
    const one = catalog({
      tables: [table({ columns: [column({ default: 'f() NOT NULL', notNull: false })] })],
    })
    const other = catalog({ tables: [table({ columns: [column({ default: 'f()', notNull: true })] })] })
    const [difference] = only(one, other)
    expect(difference?.expected).not.toBe(difference?.actual)
  })

  it('reports a table that is missing once, not once a column', () => {
    const [first, second] = catalog().tables
    if (first === undefined || second === undefined) throw new Error('two tables')
    expect(only(catalog(), catalog({ tables: [first] }))).toEqual([
      {
        kind: 'missing',
        object: 'table public."Lines"',
        expected: expect.stringContaining('table'),
        actual: null,
      },
    ])
    expect(only(catalog({ tables: [second] }), catalog()).map(({ kind, object }) => [kind, object])).toEqual([
      ['unexpected', 'table public.orders'],
    ])
  })
})

/** One thing in a snapshot, changed. `moved` is the one change that is no difference. */
type Mutation = (snapshot: CatalogSnapshot) => CatalogSnapshot

const other = (text: string) => fc.string({ minLength: 1, maxLength: 4 }).map((suffix) => `${text}${suffix}`)

function inTable(at: number, change: (one: TableSnapshot) => TableSnapshot): Mutation {
  return (snapshot) => ({
    ...snapshot,
    tables: snapshot.tables.map((one, place) => (place === at ? change(one) : one)),
  })
}

function changedColumn(one: ColumnSnapshot): fc.Arbitrary<ColumnSnapshot> {
  const nullable = (text: string | null) =>
    text === null ? fc.string({ maxLength: 5 }) : fc.constantFrom(null, `${text} `)
  return fc.oneof(
    other(one.name).map((name) => ({ ...one, name })),
    other(one.type).map((type) => ({ ...one, type })),
    fc.constant({ ...one, notNull: !one.notNull }),
    nullable(one.default).map((value) => ({ ...one, default: value })),
    nullable(one.generated).map((generated) => ({ ...one, generated })),
    nullable(one.collation).map((collation) => ({ ...one, collation })),
    fc.constantFrom(...(['always', 'by-default'] as const)).map((identity) => ({ ...one, identity })),
  )
}

function changedConstraint(one: ConstraintSnapshot): fc.Arbitrary<ConstraintSnapshot> {
  return fc.oneof<fc.MaybeWeightedArbitrary<ConstraintSnapshot>[]>(
    other(one.name).map((name) => ({ ...one, name })),
    fc.constantFrom(...(['exclude', 'trigger'] as const)).map((kind) => ({ ...one, kind })),
    fc.constant({ ...one, columns: [...one.columns, 'more'] }),
    other(one.definition).map((definition) => ({ ...one, definition })),
    fc.constant({ ...one, validated: !one.validated }),
    other('x').map((name) => ({ ...one, references: { schema: 'public', name, columns: ['id'] } })),
    other('i').map((index) => ({ ...one, index })),
  )
}

function changedIndex(one: IndexSnapshot): fc.Arbitrary<IndexSnapshot> {
  return fc.oneof<fc.MaybeWeightedArbitrary<IndexSnapshot>[]>(
    other(one.name).map((name) => ({ ...one, name })),
    fc.constant({ ...one, unique: !one.unique }),
    fc.constant({ ...one, valid: !one.valid }),
    other(one.method).map((method) => ({ ...one, method })),
    fc.constant({ ...one, columns: [...one.columns, null] }),
    fc.constant({ ...one, include: [...one.include, 'id'] }),
    fc.constant({ ...one, partial: !one.partial }),
    other(one.definition).map((definition) => ({ ...one, definition })),
  )
}

function changedTrigger(one: TriggerSnapshot): fc.Arbitrary<TriggerSnapshot> {
  return fc.oneof(
    other(one.name).map((name) => ({ ...one, name })),
    fc.constantFrom(...(['insert', 'truncate'] as const)).map((event) => ({
      ...one,
      events: [...one.events, event],
    })),
  )
}

/** Exactly one member of a list changed, dropped or added. */
function changedList<T>(
  list: readonly T[],
  change: (one: T) => fc.Arbitrary<T>,
  added: T,
): fc.Arbitrary<T[]> {
  const changes = list.map((one, at) =>
    change(one).map((changed) => list.map((each, place) => (place === at ? changed : each))),
  )
  const drops = list.map((_, at) => fc.constant(list.filter((_each, place) => place !== at)))
  const additions: fc.Arbitrary<T[]> = fc.constant([...list, added])
  return fc.oneof(...changes, ...drops, additions)
}

function changedTable(one: TableSnapshot): fc.Arbitrary<TableSnapshot> {
  return fc.oneof(
    changedList(one.columns, changedColumn, column({ name: 'added' })).map((columns) => ({
      ...one,
      columns,
    })),
    changedList(one.constraints, changedConstraint, constraint({ name: 'added' })).map((constraints) => ({
      ...one,
      constraints,
    })),
    changedList(one.indexes, changedIndex, index({ name: 'added' })).map((indexes) => ({ ...one, indexes })),
    changedList(one.triggers, changedTrigger, { name: 'added', events: ['delete'], columns: [] }).map(
      (triggers) => ({
        ...one,
        triggers,
      }),
    ),
    fc.constantFrom(...(['view', 'foreign-table'] as const)).map((kind) => ({ ...one, kind })),
    other('parent').map((name) => ({ ...one, partitionOf: { schema: 'public', name } })),
    other(one.name).map((name) => ({ ...one, name })),
    other(one.schema).map((schema) => ({ ...one, schema })),
  )
}

function changedObject(one: ObjectSnapshot): fc.Arbitrary<ObjectSnapshot> {
  return fc.oneof(
    other(one.kind).map((kind) => ({ ...one, kind })),
    other(one.identity).map((identity) => ({ ...one, identity })),
    other(one.definition).map((definition) => ({ ...one, definition })),
  )
}

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  {
    arbitrary: fc.constantFrom(0, 1).chain((at) => {
      const target = catalog().tables[at]
      if (target === undefined) throw new Error('two tables')
      return changedTable(target).map((changed) => inTable(at, () => changed))
    }),
    weight: 8,
  },
  changedList(catalog().objects, changedObject, { kind: 'view', identity: 'v', definition: 'SELECT 1' }).map(
    (objects) => (snapshot: CatalogSnapshot) => ({ ...snapshot, objects }),
  ),
  other('p').map((schema) => (snapshot: CatalogSnapshot) => ({ ...snapshot, searchPath: [schema] })),
)

describe('a single mutation', () => {
  it('is always found, from both sides, and shown as two different things', () => {
    fc.assert(
      fc.property(mutation, (mutate) => {
        const one = catalog()
        const mutated = mutate(one)
        fc.pre(JSON.stringify(one) !== JSON.stringify(mutated))
        for (const found of [only(one, mutated), only(mutated, one)]) {
          expect(found.length).toBeGreaterThan(0)
          for (const { expected, actual } of found) expect(expected).not.toBe(actual)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
