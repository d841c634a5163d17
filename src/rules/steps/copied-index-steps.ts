/** An index over a column, built anew for the copy of the column (BB-8). */
import type { IndexSnapshot } from '../../model/catalog.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { generated, withConcurrently, withIndexName } from '../../sql/edit.ts'
import { withRenamedColumn } from '../../sql/rename-column.ts'
import {
  noDependents,
  standIns,
  type CopiedColumn,
  type CopiedDependents,
  type StandIns,
} from './copied-dependents.ts'
import { buildIndexStep, dropIndexStep } from './index-steps.ts'
import { columnObject, indexObject, rowsObject, touching } from './objects.ts'

export function standInsOfIndex(index: IndexSnapshot, column: string): StandIns {
  const { name, columns, include, partial } = index
  return standIns(name, column, columns.length + include.length > 1 || columns.includes(null) || partial)
}

export function copiedIndex({ table, from, copy }: CopiedColumn, index: IndexSnapshot): CopiedDependents {
  const { temporary, aside } = standInsOfIndex(index, from.name)
  const copied = withRenamedColumn(index.definition, from.name, copy)
  if (copied === null) throw new Error(`${index.name} was to be refused`)
  const [name, now] = [index.name, temporary].map((one) => ({ schema: table.schema, name: one }))
  if (name === undefined || now === undefined) throw new Error('two names are two names')
  const build = buildIndexStep(
    {
      table,
      name: temporary,
      sql: withConcurrently(withIndexName(copied, temporary)),
      unique: index.unique,
      columns: null,
    },
    'backfill',
  )
  const reads = touching({
    ...build.touches,
    reads: [...build.touches.reads, columnObject(table, copy), rowsObject(table)],
  })
  return {
    ...noDependents,
    build: [{ ...build, touches: reads }],
    clear: [dropIndexStep(name, table, index.definition)],
    adopt: [renameIndexSql(now, index.name)],
    release: () => [renameIndexSql(name, aside)],
    giveBack: () => [renameIndexSql(name, temporary), renameIndexSql({ ...name, name: aside }, index.name)],
    after: [{ kind: 'index', index: formatRelation(name), exists: true, valid: true, definition: null }],
    named: [indexObject(name)],
  }
}

function renameIndexSql(index: QualifiedName, to: string): string {
  return generated(`ALTER INDEX ${formatRelation(index)} RENAME TO ${quoteIdentifier(to)}`)
}
