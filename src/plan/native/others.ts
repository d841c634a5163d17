import type { Catalog } from '../../catalog/catalog.ts'
import { hasExtension } from '../../catalog/dependents.ts'
import type { PhaseName, Touches } from '../../model/plan.ts'
import type { ActionOf } from '../../model/statement.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import {
  columnObject,
  commentObject,
  constraintObject,
  rowsObject,
  tableObject,
  touching,
} from '../../rules/steps/objects.ts'
import { createdExtension } from '../../sql/object-facts.ts'
import { refreshSteps } from '../../rules/steps/refresh-steps.ts'
import { commentedPart, skipsData } from '../../sql/statement-facts.ts'
import { patientStep, undoNothing } from '../../rules/steps/step-sketch.ts'
import { tracelessStep, type NativeAnswer, type NativeContext } from './answer.ts'
import { otherTouches } from './other-touches.ts'
import { otherUndo } from './other-undo.ts'
import { switchesOf } from './other-switches.ts'

/** https://www.postgresql.org/docs/current/sql-commands.html: "cannot be executed inside a transaction block". */
const outsideTransactions: readonly string[] = [
  'VACUUM',
  'CLUSTER',
  'CREATE DATABASE',
  'DROP DATABASE',
  'ALTER DATABASE',
  'CREATE TABLESPACE',
  'DROP TABLESPACE',
  'ALTER SYSTEM',
  'CREATE SUBSCRIPTION',
  'DROP SUBSCRIPTION',
]

/** Their text decides what they do, and the text is not SQL that we read. */
const opaque: readonly string[] = ['DO', 'CALL', 'EXECUTE', 'COPY']

/** A statement that no action describes: all that is known is its tag, its relations, and that nobody waits for it. */
export function otherStatement(action: ActionOf<'other'>, { catalog }: NativeContext): NativeAnswer {
  if (opaque.includes(action.tag)) {
    return { cannot: `what ${action.tag} does is not seen from outside: write the statements themselves` }
  }
  if (outsideTransactions.includes(action.tag)) {
    return { cannot: `${action.tag} is no part of a schema: run it beside the migrations` }
  }
  if (action.tag === 'REFRESH MATERIALIZED VIEW') {
    const [view] = action.relations
    return view === undefined || skipsData(action.sql)
      ? { cannot: `${action.tag} is no part of a schema: run it beside the migrations, CONCURRENTLY` }
      : { ...refreshSteps(view, catalog), stopsNobody: true }
  }
  const relations = action.relations.map((relation) => catalog.resolve(relation))
  const names = relations.map(formatRelation).join(', ')
  const title = names === '' ? action.tag : `${action.tag} (${names})`
  if (action.tag === 'ANALYZE') {
    return {
      unnoticed: true,
      steps: [
        patientStep({
          slug: title,
          title,
          phase: 'expand',
          sql: action.sql,
          touches: touching({ reads: relations.map(rowsObject), changes: relations.map(tableObject) }),
          before: [],
          after: [],
          undo: undoNothing('statistics only'),
        }),
      ],
    }
  }
  const extension = extensionThatIsThere(action, catalog)
  const touches =
    // Nothing is done.
    extension === null ? otherTouches(action, catalog) : touching({ reads: [`extension ${extension}`] })
  const switches = switchesOf(action, touches, catalog)
  return {
    unnoticed: action.tag === 'CREATE STATISTICS' || extension !== null,
    steps: [
      tracelessStep({
        slug: title,
        title,
        phase: phaseOf(action, touches, catalog),
        sql: action.sql,
        touches,
        undo: otherUndo(action, touches, catalog),
        ...(switches === null ? {} : { switches }),
      }),
    ],
  }
}

/** CREATE EXTENSION IF NOT EXISTS of one that earlier statements, or the database, have. */
function extensionThatIsThere(action: ActionOf<'other'>, catalog: Catalog): string | null {
  const created = createdExtension(action.sql)
  return created?.optional === true && hasExtension(catalog, created.name) ? created.name : null
}

/** What is taken away waits for the old application to be gone; it knows nothing of what this very plan has made. */
function phaseOf({ tag, relations }: ActionOf<'other'>, { drops }: Touches, catalog: Catalog): PhaseName {
  if (tag === 'REVOKE')
    return relations.length > 0 && relations.every((one) => catalog.isNew(one)) ? 'expand' : 'contract'
  if (!tag.startsWith('DROP ')) return 'expand'
  const isOnNew = drops.length > 0 && relations.length > 0 && relations.every((one) => catalog.isNew(one))
  return isOnNew ? 'expand' : 'contract'
}

export function comment(action: ActionOf<'comment'>, { catalog }: NativeContext): NativeAnswer {
  const relation = action.relation === null ? null : catalog.resolve(action.relation)
  const name = relation === null ? '' : ` ${formatRelation(relation)}`
  return {
    unnoticed: true,
    steps: [
      patientStep({
        ...(relation === null
          ? {}
          : { switches: { drops: [], makes: [], belongsTo: [tableObject(relation)] } }),
        slug: `comment ${action.on} ${relation?.name ?? ''}`,
        title: `Comment on ${action.on}${name}`,
        phase: 'expand',
        sql: action.sql,
        touches: commentTouches(action, relation),
        before: [],
        after: [],
        undo: undoNothing('no application reads a comment'),
      }),
    ],
  }
}

/** It needs what it stands on, and nothing needs it. */
function commentTouches(action: ActionOf<'comment'>, relation: QualifiedName | null): Touches {
  if (relation === null) return touching({ changes: ['statement other'] })
  const part = commentedPart(action.sql)
  const on = part === null ? [] : [partObject(part, relation)]
  const [subject = `${action.on} ${tableObject(relation)}`] = on
  return touching({ reads: [tableObject(relation), ...on], changes: [commentObject(subject)] })
}

function partObject(part: NonNullable<ReturnType<typeof commentedPart>>, table: QualifiedName): string {
  switch (part.kind) {
    case 'column':
      return columnObject(table, part.name)
    case 'constraint':
      return constraintObject(table, part.name)
  }
}
