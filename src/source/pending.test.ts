import { describe, expect, it } from 'vitest'
import { splitPending, type Base } from './pending.ts'
import { readMigrations } from './read-migrations.ts'

function migrations(versions: readonly string[]) {
  const files = versions.map((version) => ({ path: `${version}_x.pg.up.sql`, text: '' }))
  const read = readMigrations(files, { layout: 'ory', transaction: null })
  if (!read.ok) throw new Error('the test names its files wrongly')
  return read.value.up
}

function pending(versions: readonly string[], base: Base) {
  const split = splitPending(migrations(versions), base)
  if (!split.ok) return split.problems.map(({ code }) => code)
  return { pending: split.value.pending.map(({ version }) => version), unknown: split.value.unknown }
}

describe('splitPending', () => {
  it('has everything pending on an empty database', () => {
    expect(pending(['1', '2'], {})).toEqual({ pending: ['1', '2'], unknown: [] })
  })

  it('cuts behind a version', () => {
    expect(pending(['1', '2', '3'], { through: '2' })).toEqual({ pending: ['3'], unknown: [] })
    expect(pending(['1', '2', '3'], { through: '02' })).toEqual({ pending: ['3'], unknown: [] })
    expect(pending(['1', '2'], { through: '7' })).toEqual(['unknown-version'])
  })

  it('takes the applied ones out wherever they stand, and reports those it does not know', () => {
    expect(pending(['1', '2', '3', '4'], { applied: ['4', '1', '9'] })).toEqual({
      pending: ['2', '3'],
      unknown: ['9'],
    })
  })

  it('knows a folder of Prisma by its number', () => {
    const files = ['20240101120000_a', '20240102120000_b'].map((folder) => ({
      path: `m/${folder}/migration.sql`,
      text: '',
    }))
    const read = readMigrations(files, { layout: null, transaction: null })
    const split = splitPending(read.ok ? read.value.up : [], { through: '20240101120000' })
    expect(split.ok && split.value.pending.map(({ version }) => version)).toEqual(['20240102120000_b'])
  })

  it('knows the first 14 digits for the version of 20', () => {
    const versions = ['20190401000100000000', '20190401000200000000']
    expect(pending(versions, { applied: ['20190401000100'] })).toEqual({
      pending: ['20190401000200000000'],
      unknown: [],
    })
    expect(pending(versions, { applied: ['2019040100010'] })).toEqual({
      pending: versions,
      unknown: ['2019040100010'],
    })
  })
})
