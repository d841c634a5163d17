import { describe, expect, it } from 'vitest'
import { DatabaseError } from '../database/database-error.ts'
import type { CatalogSnapshot, ColumnSnapshot, ConstraintSnapshot, IndexSnapshot } from '../model/catalog.ts'
import { referencesToCome, tame, wild, type Taming } from './taming.ts'

function column(name: string): ColumnSnapshot {
  return {
    name,
    type: 'text',
    notNull: false,
    default: null,
    identity: null,
    generated: null,
    collation: null,
  }
}

function catalog(
  tables: Record<
    string,
    { columns: string[]; constraints?: ConstraintSnapshot[]; indexes?: IndexSnapshot[] }
  >,
): CatalogSnapshot {
  return {
    origin: 'database',
    complete: true,
    serverMajor: 15,
    server: null,
    searchPath: ['public'],
    tables: Object.entries(tables).map(([name, { columns, constraints = [], indexes = [] }]) => ({
      schema: 'public',
      name,
      kind: 'table',
      partitionOf: null,
      columns: columns.map(column),
      constraints,
      indexes,
      triggers: [],
      replicaIdentity: { kind: 'default' as const },
      estimatedRows: null,
      tableBytes: null,
      indexBytes: null,
    })),
    objects: [],
  }
}

function references(name: string, from: string): ConstraintSnapshot {
  return {
    name,
    kind: 'foreign-key',
    columns: [from],
    definition: `FOREIGN KEY (${from}) REFERENCES public.parent(id)`,
    validated: true,
    references: { schema: 'public', name: 'parent', columns: ['id'] },
    index: null,
  }
}

function unique(name: string, on: (string | null)[]): IndexSnapshot {
  return {
    name,
    unique: true,
    valid: true,
    method: 'btree',
    columns: on,
    include: [],
    partial: false,
    definition: name,
  }
}

const base = catalog({ parent: { columns: ['id'] }, child: { columns: ['a', 'b', 'sid'] } })
const end = catalog({
  parent: { columns: ['id'], indexes: [unique('parent_id', ['id'])] },
  child: {
    columns: ['a', 'b', 'sid', 'made'],
    constraints: [references('child_a_fkey', 'a'), references('child_made_fkey', 'made')],
    indexes: [unique('child_b', ['b']), unique('child_lower', [null]), unique('child_made', ['made'])],
  },
})
const rehearsal = { catalog: end, columns: new Map() }
const seen = { base, meanwhile: rehearsal, end: rehearsal }

function failure(sqlstate: string, fields: { table?: string; column?: string; constraint?: string } = {}) {
  const error = new DatabaseError('no', { sqlstate, schema: 'public', ...fields })
  return { message: 'f.sql:1:1: no', path: 'f.sql', line: 1, column: 1, place: 'f.sql:1:1', error }
}

describe('tame', () => {
  it('forbids NULL in the one column that the author’s SQL complains of', () => {
    const tamed = tame(wild, failure('23502', { table: 'child', column: 'b' }), seen)
    expect(tamed?.assumptions).toEqual(['public.child.b is not null: else f.sql:1:1: no'])
    expect(tamed?.demands.map((one) => one.hold('x'))).toEqual([
      'ALTER TABLE public.child ALTER COLUMN b SET NOT NULL',
    ])
  })

  it('asks for every key to come once one of them collides, but for no column that is not there', () => {
    const tamed = tame(wild, failure('23505', { table: 'child', constraint: 'child_b' }), seen)
    expect(tamed?.demands.map((one) => one.hold('x'))).toEqual([
      'CREATE UNIQUE INDEX x ON public.child (b)',
      'CREATE UNIQUE INDEX x ON public.parent (id)',
    ])
    expect(tamed?.demands.map((one) => one.release('x'))).toEqual([
      'DROP INDEX public.x',
      'DROP INDEX public.x',
    ])
  })

  it('leaves a table empty when the same complaint comes back', () => {
    const again = failure('23505', { table: 'child', constraint: 'child_b' })
    const first = tame(wild, again, seen)
    if (first === null) throw new Error('tamed once')
    expect([...(tame(first, again, seen)?.leaveEmpty ?? [])]).toEqual(['public.child'])
  })

  it('gives a table the keys of a parent where only a column to come will reference it', () => {
    const again = failure('23503', { table: 'child', constraint: 'child_made_fkey' })
    const tamed = tame(wild, again, seen)
    expect(tamed?.keysOnly).toMatchObject([{ name: 'child', parent: { name: 'parent' } }])
    if (tamed === null) throw new Error('tamed once')
    expect([...(tame(tamed, again, seen)?.leaveEmpty ?? [])]).toEqual(['public.child'])
  })

  it('answers values out of range with the types to come, without extremes, with both, then not at all', () => {
    const answers: (readonly [boolean, boolean])[] = []
    let tamed: Taming | null = wild
    while (tamed !== null) {
      tamed = tame(tamed, failure('22001'), seen)
      if (tamed !== null) answers.push([tamed.columnsToCome !== null, tamed.extremes])
    }
    expect(answers).toEqual([
      [true, true],
      [false, false],
      [true, false],
    ])
  })

  it('takes back what does not help at one place, and keeps what helped at another', () => {
    const elsewhere = { ...failure('22001'), place: 'g.sql:1:1' }
    const first = tame(wild, failure('22001'), seen)
    const second = first === null ? null : tame(first, elsewhere, seen)
    expect(second).toMatchObject({ columnsToCome: rehearsal.columns, extremes: false })
    expect(second?.assumptions).toHaveLength(2)
  })

  it('makes JSON of texts that are called like a json column to come', () => {
    const json = { kind: 'base' as const, name: 'jsonb', modifier: -1 }
    const column = { name: 'b', type: json, notNull: false, filledByServer: false, domainChecks: [] }
    const meanwhile = { catalog: end, columns: new Map([['public\u0000merged', [column]]]) }
    const error = new DatabaseError('invalid input syntax for type json', { sqlstate: '22P02' })
    const tamed = tame(wild, { ...failure('22P02'), error }, { ...seen, meanwhile })
    expect([...(tamed?.documents ?? [])]).toEqual(['public\u0000child\u0000b'])
    expect(tamed).toMatchObject({ extremes: true, columnsToCome: null })
  })

  it('gives each parent its rows where what is gathered into a new table does not fit together', () => {
    const gathered = failure('23505', { table: 'merged', constraint: 'merged_key' })
    const first = tame(wild, gathered, seen)
    const second = first === null ? null : tame(first, gathered, seen)
    expect([first?.children, second?.children]).toEqual(['complete', 'single'])
    expect(second?.assumptions).toEqual(['no two rows of a table have the same parent: else f.sql:1:1: no'])
  })

  it('cannot mend what has nothing to do with rows', () => {
    expect(tame(wild, failure('42P01'), seen)).toBeNull()
    expect(tame(wild, failure('55006', { table: 'child' }), seen)).toBeNull()
  })
})

describe('referencesToCome', () => {
  it('names foreign keys of the end between columns that the base has', () => {
    expect(referencesToCome(base, end).map(({ name, columns }) => [name, columns])).toEqual([
      ['child', ['a']],
    ])
  })
})
