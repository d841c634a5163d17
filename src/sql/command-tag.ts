/**
 * The command tag that PostgreSQL answers with (`CREATE VIEW`), for statements that have no action of their own.
 * Source: CreateCommandTag, src/backend/tcop/utility.c.
 */
import type { LockClauseStrength, Node, ObjectType } from '@pgsql/types'
import { type NodeKind, kindOf } from './tree.ts'

/** Statements whose tag says one thing only. */
const tags: { readonly [kind: string]: string } = {
  AlterCollationStmt: 'ALTER COLLATION',
  AlterDatabaseRefreshCollStmt: 'ALTER DATABASE',
  AlterDatabaseSetStmt: 'ALTER DATABASE',
  AlterDatabaseStmt: 'ALTER DATABASE',
  AlterDefaultPrivilegesStmt: 'ALTER DEFAULT PRIVILEGES',
  AlterDomainStmt: 'ALTER DOMAIN',
  AlterEnumStmt: 'ALTER TYPE',
  AlterEventTrigStmt: 'ALTER EVENT TRIGGER',
  AlterExtensionContentsStmt: 'ALTER EXTENSION',
  AlterExtensionStmt: 'ALTER EXTENSION',
  AlterFdwStmt: 'ALTER FOREIGN DATA WRAPPER',
  AlterForeignServerStmt: 'ALTER SERVER',
  AlterOpFamilyStmt: 'ALTER OPERATOR FAMILY',
  AlterOperatorStmt: 'ALTER OPERATOR',
  AlterPolicyStmt: 'ALTER POLICY',
  AlterPublicationStmt: 'ALTER PUBLICATION',
  AlterRoleSetStmt: 'ALTER ROLE',
  AlterRoleStmt: 'ALTER ROLE',
  AlterSeqStmt: 'ALTER SEQUENCE',
  AlterStatsStmt: 'ALTER STATISTICS',
  AlterSubscriptionStmt: 'ALTER SUBSCRIPTION',
  AlterSystemStmt: 'ALTER SYSTEM',
  AlterTSConfigurationStmt: 'ALTER TEXT SEARCH CONFIGURATION',
  AlterTSDictionaryStmt: 'ALTER TEXT SEARCH DICTIONARY',
  AlterTableSpaceOptionsStmt: 'ALTER TABLESPACE',
  AlterTypeStmt: 'ALTER TYPE',
  AlterUserMappingStmt: 'ALTER USER MAPPING',
  CallStmt: 'CALL',
  CheckPointStmt: 'CHECKPOINT',
  ClosePortalStmt: 'CLOSE CURSOR',
  ClusterStmt: 'CLUSTER',
  CommentStmt: 'COMMENT',
  CompositeTypeStmt: 'CREATE TYPE',
  ConstraintsSetStmt: 'SET CONSTRAINTS',
  CopyStmt: 'COPY',
  CreateAmStmt: 'CREATE ACCESS METHOD',
  CreateCastStmt: 'CREATE CAST',
  CreateConversionStmt: 'CREATE CONVERSION',
  CreateDomainStmt: 'CREATE DOMAIN',
  CreateEnumStmt: 'CREATE TYPE',
  CreateEventTrigStmt: 'CREATE EVENT TRIGGER',
  CreateExtensionStmt: 'CREATE EXTENSION',
  CreateFdwStmt: 'CREATE FOREIGN DATA WRAPPER',
  CreateForeignServerStmt: 'CREATE SERVER',
  CreateForeignTableStmt: 'CREATE FOREIGN TABLE',
  CreateOpClassStmt: 'CREATE OPERATOR CLASS',
  CreateOpFamilyStmt: 'CREATE OPERATOR FAMILY',
  CreatePLangStmt: 'CREATE LANGUAGE',
  CreatePolicyStmt: 'CREATE POLICY',
  CreatePublicationStmt: 'CREATE PUBLICATION',
  CreateRangeStmt: 'CREATE TYPE',
  CreateRoleStmt: 'CREATE ROLE',
  CreateSchemaStmt: 'CREATE SCHEMA',
  CreateSeqStmt: 'CREATE SEQUENCE',
  CreateStatsStmt: 'CREATE STATISTICS',
  CreateSubscriptionStmt: 'CREATE SUBSCRIPTION',
  CreateTableSpaceStmt: 'CREATE TABLESPACE',
  CreateTransformStmt: 'CREATE TRANSFORM',
  CreateTrigStmt: 'CREATE TRIGGER',
  CreateUserMappingStmt: 'CREATE USER MAPPING',
  CreatedbStmt: 'CREATE DATABASE',
  DeallocateStmt: 'DEALLOCATE',
  DeclareCursorStmt: 'DECLARE CURSOR',
  DeleteStmt: 'DELETE',
  DiscardStmt: 'DISCARD',
  DoStmt: 'DO',
  DropOwnedStmt: 'DROP OWNED',
  DropRoleStmt: 'DROP ROLE',
  DropSubscriptionStmt: 'DROP SUBSCRIPTION',
  DropTableSpaceStmt: 'DROP TABLESPACE',
  DropUserMappingStmt: 'DROP USER MAPPING',
  DropdbStmt: 'DROP DATABASE',
  ExecuteStmt: 'EXECUTE',
  ExplainStmt: 'EXPLAIN',
  ImportForeignSchemaStmt: 'IMPORT FOREIGN SCHEMA',
  InsertStmt: 'INSERT',
  ListenStmt: 'LISTEN',
  LoadStmt: 'LOAD',
  LockStmt: 'LOCK TABLE',
  MergeStmt: 'MERGE',
  NotifyStmt: 'NOTIFY',
  PrepareStmt: 'PREPARE',
  ReassignOwnedStmt: 'REASSIGN OWNED',
  RefreshMatViewStmt: 'REFRESH MATERIALIZED VIEW',
  ReindexStmt: 'REINDEX',
  RuleStmt: 'CREATE RULE',
  SecLabelStmt: 'SECURITY LABEL',
  TruncateStmt: 'TRUNCATE TABLE',
  UnlistenStmt: 'UNLISTEN',
  UpdateStmt: 'UPDATE',
  VariableShowStmt: 'SHOW',
  ViewStmt: 'CREATE VIEW',
} satisfies { readonly [K in NodeKind]?: string }

/** Object types whose words are not simply their name (`OBJECT_SEQUENCE` → `SEQUENCE`). */
const objectWords: { readonly [T in ObjectType]?: string } = {
  OBJECT_AMOP: 'OPERATOR FAMILY',
  OBJECT_AMPROC: 'OPERATOR FAMILY',
  OBJECT_ATTRIBUTE: 'TYPE',
  OBJECT_DEFACL: 'DEFAULT PRIVILEGES',
  OBJECT_DOMCONSTRAINT: 'DOMAIN',
  OBJECT_FDW: 'FOREIGN DATA WRAPPER',
  OBJECT_FOREIGN_SERVER: 'SERVER',
  OBJECT_LARGEOBJECT: 'LARGE OBJECT',
  OBJECT_MATVIEW: 'MATERIALIZED VIEW',
  OBJECT_OPCLASS: 'OPERATOR CLASS',
  OBJECT_OPFAMILY: 'OPERATOR FAMILY',
  OBJECT_STATISTIC_EXT: 'STATISTICS',
  OBJECT_TABCONSTRAINT: 'CONSTRAINT',
  OBJECT_TSCONFIGURATION: 'TEXT SEARCH CONFIGURATION',
  OBJECT_TSDICTIONARY: 'TEXT SEARCH DICTIONARY',
  OBJECT_TSPARSER: 'TEXT SEARCH PARSER',
  OBJECT_TSTEMPLATE: 'TEXT SEARCH TEMPLATE',
}

/** `TABLE`, `MATERIALIZED VIEW`, `CONSTRAINT`, … */
export function objectTypeWords(type: ObjectType | undefined): string {
  if (type === undefined) return 'OBJECT'
  return objectWords[type] ?? type.slice('OBJECT_'.length).replaceAll('_', ' ')
}

export function commandTag(node: Node): string {
  const kind = kindOf(node)
  return tags[kind] ?? tagOfVariant(node) ?? wordsOf(kind)
}

/** Statements whose tag depends on what they are about. */
function tagOfVariant(node: Node): string | null {
  if ('SelectStmt' in node) return selectTag(node.SelectStmt.lockingClause?.[0])
  if ('CreateFunctionStmt' in node)
    return node.CreateFunctionStmt.is_procedure === true ? 'CREATE PROCEDURE' : 'CREATE FUNCTION'
  if ('AlterFunctionStmt' in node) return `ALTER ${objectTypeWords(node.AlterFunctionStmt.objtype)}`
  if ('DefineStmt' in node) return `CREATE ${objectTypeWords(node.DefineStmt.kind)}`
  if ('DropStmt' in node) return `DROP ${objectTypeWords(node.DropStmt.removeType)}`
  if ('AlterTableStmt' in node) return `ALTER ${objectTypeWords(node.AlterTableStmt.objtype)}`
  if ('AlterOwnerStmt' in node) return `ALTER ${objectTypeWords(node.AlterOwnerStmt.objectType)}`
  if ('AlterObjectSchemaStmt' in node)
    return `ALTER ${objectTypeWords(node.AlterObjectSchemaStmt.objectType)}`
  if ('AlterObjectDependsStmt' in node)
    return `ALTER ${objectTypeWords(node.AlterObjectDependsStmt.objectType)}`
  if ('AlterTableMoveAllStmt' in node) return `ALTER ${objectTypeWords(node.AlterTableMoveAllStmt.objtype)}`
  if ('CreateTableAsStmt' in node) {
    const isView = node.CreateTableAsStmt.objtype === 'OBJECT_MATVIEW'
    return isView ? 'CREATE MATERIALIZED VIEW' : 'CREATE TABLE AS'
  }
  if ('GrantStmt' in node) return node.GrantStmt.is_grant === true ? 'GRANT' : 'REVOKE'
  if ('GrantRoleStmt' in node) return node.GrantRoleStmt.is_grant === true ? 'GRANT ROLE' : 'REVOKE ROLE'
  if ('VacuumStmt' in node) return node.VacuumStmt.is_vacuumcmd === true ? 'VACUUM' : 'ANALYZE'
  if ('FetchStmt' in node) return node.FetchStmt.ismove === true ? 'MOVE' : 'FETCH'
  if ('TransactionStmt' in node) {
    return (node.TransactionStmt.kind ?? '').slice('TRANS_STMT_'.length).replaceAll('_', ' ')
  }
  if ('RenameStmt' in node) {
    const { renameType, relationType } = node.RenameStmt
    // A column, a trigger, a policy is renamed by ALTER of what it belongs to.
    const onRelation = renameType === 'OBJECT_COLUMN' || renameType === 'OBJECT_ATTRIBUTE'
    return `ALTER ${objectTypeWords(onRelation ? relationType : renameType)}`
  }
  return null
}

/** `SELECT FOR UPDATE` is a tag of its own. */
function selectTag(locking: Node | undefined): string {
  const clause = locking !== undefined && 'LockingClause' in locking ? locking.LockingClause : null
  return lockingTags[clause?.strength ?? 'LCS_NONE']
}

const lockingTags: { readonly [S in LockClauseStrength]: string } = {
  LCS_NONE: 'SELECT',
  LCS_FORKEYSHARE: 'SELECT FOR KEY SHARE',
  LCS_FORSHARE: 'SELECT FOR SHARE',
  LCS_FORNOKEYUPDATE: 'SELECT FOR NO KEY UPDATE',
  LCS_FORUPDATE: 'SELECT FOR UPDATE',
}

/** A statement of a later grammar: `CreateThingStmt` → `CREATE THING`. */
function wordsOf(kind: string): string {
  const name = kind.endsWith('Stmt') ? kind.slice(0, -'Stmt'.length) : kind
  return Array.from(name)
    .map((letter, index) => (index > 0 && letter >= 'A' && letter <= 'Z' ? ` ${letter}` : letter))
    .join('')
    .toUpperCase()
}
