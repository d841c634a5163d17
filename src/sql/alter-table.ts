/** ALTER TABLE, one action a subcommand. */
import type { AlterTableCmd, AlterTableStmt, AlterTableType, Node } from '@pgsql/types'
import type { Action, ActionOf } from '../model/statement.ts'
import type { Span } from '../model/position.ts'
import { collationText, columnOf } from './column.ts'
import { constraintOf } from './constraint.ts'
import { expressionOf } from './expression.ts'
import {
  type Source,
  afterQualifiedName,
  findTopLevel,
  itemEnd,
  markAt,
  spanBetween,
  textBetween,
  wordAt,
} from './source.ts'
import { parseOne } from './parser.ts'
import { relationOf, relationsIn } from './tree.ts'
import { typeText } from './type-text.ts'

/** A subcommand, and where its tokens stand. */
interface Piece {
  readonly command: AlterTableCmd
  readonly from: number
  readonly to: number
}

/** An action beside the tree that its SQL must parse to; null where it is the author's whole statement. */
export interface Cut {
  readonly action: Action
  readonly meant: Node | null
}

export function cutAlterTable(statement: AlterTableStmt, source: Source): readonly Cut[] {
  const pieces = piecesOf(statement, source)
  const [only] = pieces
  if (only !== undefined && pieces.length === 1) {
    return [{ action: actionOf(statement, only, source, source.text, source.span), meant: null }]
  }
  const header = textBetween(source, 0, only?.from ?? 0)
  return pieces.map((piece) => {
    const within = spanBetween(source, piece.from, piece.to)
    const span = { start: source.span.start + within.start, end: source.span.start + within.end }
    const sql = `${header} ${source.text.slice(within.start, within.end)}`
    return {
      action: actionOf(statement, piece, source, sql, span),
      meant: { AlterTableStmt: { ...statement, cmds: [{ AlterTableCmd: piece.command }] } },
    }
  })
}

function piecesOf(statement: AlterTableStmt, source: Source): readonly Piece[] {
  let from = afterQualifiedName(source, source.tokenAt(statement.relation?.location))
  const isParenthesised =
    source.tokens.length > 0 && markAt(source, source.tokenAt(statement.relation?.location) - 1) === '('
  // ONLY (t), and t *: old spellings of inheritance.
  if (isParenthesised) from++
  if (markAt(source, from) === '*') from++
  return (statement.cmds ?? []).map((node) => {
    if (!('AlterTableCmd' in node)) throw new Error('ALTER TABLE without a subcommand')
    const piece = { command: node.AlterTableCmd, from, to: itemEnd(source, from) }
    from = piece.to + 1
    return piece
  })
}

interface Context {
  readonly command: AlterTableCmd
  readonly piece: Piece
  readonly source: Source
  readonly onTable: Pick<ActionOf<'drop-column'>, 'sql' | 'span' | 'table'>
  readonly onColumn: Pick<ActionOf<'drop-column'>, 'sql' | 'span' | 'table' | 'column'>
  readonly optional: Pick<ActionOf<'drop-column'>, 'ifExists' | 'cascade'>
}

function actionOf(statement: AlterTableStmt, piece: Piece, source: Source, sql: string, span: Span): Action {
  const { command } = piece
  const onTable = { sql, span, table: relationOf(statement.relation) }
  const context: Context = {
    command,
    piece,
    source,
    onTable,
    onColumn: { ...onTable, column: command.name ?? '' },
    optional: { ifExists: command.missing_ok === true, cascade: command.behavior === 'DROP_CASCADE' },
  }
  const make = command.subtype === undefined ? undefined : makers[command.subtype]
  return (
    make?.(context) ?? {
      kind: 'alter-table',
      ...onTable,
      subcommand: subcommandWords(command),
      name: nameInTable(command),
      relations: relationsIn(command.def),
    }
  )
}

/** Subcommands that have an action of their own. */
const makers: { readonly [T in AlterTableType]?: (context: Context) => Action | null } = {
  AT_AddColumn: ({ command, onTable, source }) =>
    command.def !== undefined && 'ColumnDef' in command.def
      ? {
          kind: 'add-column',
          ...onTable,
          column: columnOf(command.def.ColumnDef, source),
          ifNotExists: command.missing_ok === true,
        }
      : null,
  AT_DropColumn: ({ onColumn, optional }) => ({ kind: 'drop-column', ...onColumn, ...optional }),
  AT_ColumnDefault: ({ command, onColumn, piece, source }) =>
    command.def === undefined
      ? { kind: 'drop-default', ...onColumn }
      : {
          kind: 'set-default',
          ...onColumn,
          default: expressionOf(command.def, defaultText(piece, source)),
        },
  AT_SetNotNull: ({ onColumn }) => ({ kind: 'set-not-null', ...onColumn }),
  AT_DropNotNull: ({ onColumn }) => ({ kind: 'drop-not-null', ...onColumn }),
  AT_AlterColumnType: ({ command, onColumn, piece, source }) => {
    if (command.def === undefined || !('ColumnDef' in command.def)) return null
    const { typeName, raw_default: using } = command.def.ColumnDef
    return {
      kind: 'alter-column-type',
      ...onColumn,
      type: typeText(typeName),
      using: using === undefined ? null : expressionOf(using, usingText(piece, source)),
      collation: collationText(command.def.ColumnDef),
    }
  },
  AT_AddConstraint: ({ command, onTable, source }) => {
    if (command.def === undefined || !('Constraint' in command.def)) return null
    const constraint = constraintOf(command.def.Constraint, source)
    return constraint === null ? null : { kind: 'add-constraint', ...onTable, constraint }
  },
  AT_ValidateConstraint: ({ command, onTable }) => ({
    kind: 'validate-constraint',
    ...onTable,
    constraint: command.name ?? '',
  }),
  AT_DropConstraint: ({ command, onTable, optional }) => ({
    kind: 'drop-constraint',
    ...onTable,
    constraint: command.name ?? '',
    ...optional,
  }),
}

/** Subcommands whose name stands for something outside of the table. */
const namesElsewhere: ReadonlySet<AlterTableType | undefined> = new Set([
  'AT_SetTableSpace',
  'AT_SetAccessMethod',
] as const)

/** The column, constraint, trigger, rule or index that a subcommand names. */
function nameInTable({ subtype, name, def }: AlterTableCmd): string | null {
  if (namesElsewhere.has(subtype)) return null
  if (def !== undefined && 'ATAlterConstraint' in def) return def.ATAlterConstraint.conname ?? null
  if (def !== undefined && 'ReplicaIdentityStmt' in def) return def.ReplicaIdentityStmt.name ?? null
  return name ?? null
}

/** Behind the first SET DEFAULT: DEFAULT is reserved, so neither of the two can be the column. */
function defaultText(piece: Piece, source: Source): string {
  const at = findTopLevel(
    source,
    piece.from,
    (index) => wordAt(source, index) === 'set' && wordAt(source, index + 1) === 'default',
  )
  return textBetween(source, at + 2, piece.to)
}

/** Behind the first USING outside of parentheses: it is reserved. */
function usingText(piece: Piece, source: Source): string {
  const at = findTopLevel(source, piece.from, (index) => wordAt(source, index) === 'using')
  return textBetween(source, at + 1, piece.to)
}

function subcommandWords(command: AlterTableCmd): string {
  const { subtype, def } = command
  if (subtype === undefined) return 'ALTER TABLE'
  const isConcurrent =
    subtype === 'AT_DetachPartition' &&
    def !== undefined &&
    'PartitionCmd' in def &&
    def.PartitionCmd.concurrent === true
  if (isConcurrent) return 'DETACH PARTITION CONCURRENTLY'
  return words[subtype] ?? subtype
}

/** As `alter-table` actions say them in `subcommand`. Those with an action of their own are absent. */
const words: { readonly [T in AlterTableType]?: string } = {
  AT_SetExpression: 'SET EXPRESSION',
  AT_DropExpression: 'DROP EXPRESSION',
  AT_SetStatistics: 'SET STATISTICS',
  AT_SetOptions: 'SET OPTIONS',
  AT_ResetOptions: 'RESET OPTIONS',
  AT_SetStorage: 'SET STORAGE',
  AT_SetCompression: 'SET COMPRESSION',
  AT_AlterConstraint: 'ALTER CONSTRAINT',
  AT_AlterColumnGenericOptions: 'OPTIONS',
  AT_ChangeOwner: 'OWNER TO',
  AT_ClusterOn: 'CLUSTER ON',
  AT_DropCluster: 'SET WITHOUT CLUSTER',
  AT_SetLogged: 'SET LOGGED',
  AT_SetUnLogged: 'SET UNLOGGED',
  AT_DropOids: 'SET WITHOUT OIDS',
  AT_SetAccessMethod: 'SET ACCESS METHOD',
  AT_SetTableSpace: 'SET TABLESPACE',
  AT_SetRelOptions: 'SET',
  AT_ResetRelOptions: 'RESET',
  AT_EnableTrig: 'ENABLE TRIGGER',
  AT_EnableAlwaysTrig: 'ENABLE ALWAYS TRIGGER',
  AT_EnableReplicaTrig: 'ENABLE REPLICA TRIGGER',
  AT_DisableTrig: 'DISABLE TRIGGER',
  AT_EnableTrigAll: 'ENABLE TRIGGER ALL',
  AT_DisableTrigAll: 'DISABLE TRIGGER ALL',
  AT_EnableTrigUser: 'ENABLE TRIGGER USER',
  AT_DisableTrigUser: 'DISABLE TRIGGER USER',
  AT_EnableRule: 'ENABLE RULE',
  AT_EnableAlwaysRule: 'ENABLE ALWAYS RULE',
  AT_EnableReplicaRule: 'ENABLE REPLICA RULE',
  AT_DisableRule: 'DISABLE RULE',
  AT_AddInherit: 'INHERIT',
  AT_DropInherit: 'NO INHERIT',
  AT_AddOf: 'OF',
  AT_DropOf: 'NOT OF',
  AT_ReplicaIdentity: 'REPLICA IDENTITY',
  AT_EnableRowSecurity: 'ENABLE ROW LEVEL SECURITY',
  AT_DisableRowSecurity: 'DISABLE ROW LEVEL SECURITY',
  AT_ForceRowSecurity: 'FORCE ROW LEVEL SECURITY',
  AT_NoForceRowSecurity: 'NO FORCE ROW LEVEL SECURITY',
  AT_GenericOptions: 'OPTIONS',
  AT_AttachPartition: 'ATTACH PARTITION',
  AT_DetachPartition: 'DETACH PARTITION',
  AT_DetachPartitionFinalize: 'DETACH PARTITION FINALIZE',
  AT_AddIdentity: 'ADD IDENTITY',
  AT_SetIdentity: 'SET IDENTITY',
  AT_DropIdentity: 'DROP IDENTITY',
}

/** The subcommands of ALTER MATERIALIZED VIEW and its like, by their words; RENAME TO and SET SCHEMA are none of these. */
export function alterSubcommands(sql: string): readonly string[] {
  const node = parseOne(sql)
  if (!('AlterTableStmt' in node)) return ['RENAME TO']
  return (node.AlterTableStmt.cmds ?? []).flatMap((one) =>
    'AlterTableCmd' in one ? [subcommandWords(one.AlterTableCmd)] : [],
  )
}
