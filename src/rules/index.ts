/**
 * The registry, one line a rule. The order is that of the pages and of findings on one action; among the rules that
 * offer a replacement for an action, the planner takes the first.
 */
import type { Rule } from './define-rule.ts'
import addCheckValidating from './add-check-validating.ts'
import addColumnConstrainedDomain from './add-column-constrained-domain.ts'
import addColumnGeneratedStored from './add-column-generated-stored.ts'
import addColumnIdentity from './add-column-identity.ts'
import addColumnInlineCheck from './add-column-inline-check.ts'
import addColumnInlineFk from './add-column-inline-fk.ts'
import addColumnInlineUnique from './add-column-inline-unique.ts'
import addColumnJson from './add-column-json.ts'
import addColumnNotNullNoDefault from './add-column-not-null-no-default.ts'
import addColumnSerial from './add-column-serial.ts'
import addColumnStableDefault from './add-column-stable-default.ts'
import addColumnVolatileDefault from './add-column-volatile-default.ts'
import addColumn from './add-column.ts'
import addExclusionConstraint from './add-exclusion-constraint.ts'
import addForeignKeyPartitioned from './add-foreign-key-partitioned.ts'
import addForeignKeyValidating from './add-foreign-key-validating.ts'
import addNotNullConstraint from './add-not-null-constraint.ts'
import addPrimaryKey from './add-primary-key.ts'
import addUniqueConstraint from './add-unique-constraint.ts'
import alterCompositeType from './alter-composite-type.ts'
import alterDomainAddConstraint from './alter-domain-add-constraint.ts'
import alterDomainValidate from './alter-domain-validate.ts'
import attachPartitionForeignKey from './attach-partition-foreign-key.ts'
import attachPartitionIndex from './attach-partition-index.ts'
import attachPartitionScan from './attach-partition-scan.ts'
import backfillFiresUserTriggers from './backfill-fires-user-triggers.ts'
import backfillInDdlTransaction from './backfill-in-ddl-transaction.ts'
import bigUpdateInMigration from './big-update-in-migration.ts'
import changeColumnTypeDependents from './change-column-type-dependents.ts'
import changeColumnTypeFk from './change-column-type-fk.ts'
import changeColumnTypeNarrowing from './change-column-type-narrowing.ts'
import changeColumnTypeRecheck from './change-column-type-recheck.ts'
import changeColumnTypeReindex from './change-column-type-reindex.ts'
import changeColumnTypeRewrite from './change-column-type-rewrite.ts'
import cluster from './cluster.ts'
import commandInTransaction from './command-in-transaction.ts'
import concurrentInTransaction from './concurrent-in-transaction.ts'
import concurrentIndexCorruptionPg14 from './concurrent-index-corruption-pg14.ts'
import concurrentIndexIfNotExists from './concurrent-index-if-not-exists.ts'
import concurrentIndexShortLockTimeout from './concurrent-index-short-lock-timeout.ts'
import concurrentIndexUnnamed from './concurrent-index-unnamed.ts'
import constraintNotEnforced from './constraint-not-enforced.ts'
import createEnum from './create-enum.ts'
import createIndexBlocking from './create-index-blocking.ts'
import createIndexPartitionedConcurrently from './create-index-partitioned-concurrently.ts'
import createMatviewLong from './create-matview-long.ts'
import createPartitionOf from './create-partition-of.ts'
import createPolicy from './create-policy.ts'
import createTableForce from './create-table-force.ts'
import createTrigger from './create-trigger.ts'
import createUniqueIndexDuplicates from './create-unique-index-duplicates.ts'
import deleteWithoutWhere from './delete-without-where.ts'
import detachConcurrentlyDefault from './detach-concurrently-default.ts'
import detachPartitionBlocking from './detach-partition-blocking.ts'
import detachPending from './detach-pending.ts'
import domainWithConstraint from './domain-with-constraint.ts'
import dropCascade from './drop-cascade.ts'
import dropColumnDependents from './drop-column-dependents.ts'
import dropColumnForeignKey from './drop-column-foreign-key.ts'
import dropColumnIndexed from './drop-column-indexed.ts'
import dropColumn from './drop-column.ts'
import dropConstraint from './drop-constraint.ts'
import dropDefault from './drop-default.ts'
import dropForeignKey from './drop-foreign-key.ts'
import dropFunction from './drop-function.ts'
import dropIndexBacksConstraint from './drop-index-backs-constraint.ts'
import dropIndexBlocking from './drop-index-blocking.ts'
import dropIndexLastCover from './drop-index-last-cover.ts'
import dropIndexPartitionedConcurrently from './drop-index-partitioned-concurrently.ts'
import dropNotNull from './drop-not-null.ts'
import dropPartition from './drop-partition.ts'
import dropReferencedKey from './drop-referenced-key.ts'
import dropSchema from './drop-schema.ts'
import dropSequence from './drop-sequence.ts'
import dropTableManyForeignKeys from './drop-table-many-foreign-keys.ts'
import dropTable from './drop-table.ts'
import dropTrigger from './drop-trigger.ts'
import dropType from './drop-type.ts'
import dropViewInUse from './drop-view-in-use.ts'
import duplicateColumnAssignment from './duplicate-column-assignment.ts'
import duplicateIndex from './duplicate-index.ts'
import enableDisableTrigger from './enable-disable-trigger.ts'
import enableRls from './enable-rls.ts'
import enumAddValue from './enum-add-value.ts'
import enumRenameValue from './enum-rename-value.ts'
import enumValueOrdering from './enum-value-ordering.ts'
import enumValueUsedSameTx from './enum-value-used-same-tx.ts'
import foreignKeyMissingIndex from './foreign-key-missing-index.ts'
import foreignKeyTypeMismatch from './foreign-key-type-mismatch.ts'
import foreignKeysManyInTx from './foreign-keys-many-in-tx.ts'
import identifierTooLong from './identifier-too-long.ts'
import indexTooManyColumns from './index-too-many-columns.ts'
import insertSelectLarge from './insert-select-large.ts'
import invalidIndexPresent from './invalid-index-present.ts'
import lockTable from './lock-table.ts'
import lockTimeoutNotInForce from './lock-timeout-not-in-force.ts'
import lockTimeoutTooLong from './lock-timeout-too-long.ts'
import lockTimeoutZero from './lock-timeout-zero.ts'
import missingLockTimeout from './missing-lock-timeout.ts'
import mixedTransactional from './mixed-transactional.ts'
import nonIdempotentDataStep from './non-idempotent-data-step.ts'
import notNullCheckBeforeBackfill from './not-null-check-before-backfill.ts'
import notValidNeverValidated from './not-valid-never-validated.ts'
import preferBigint from './prefer-bigint.ts'
import preferIdentity from './prefer-identity.ts'
import preferTextField from './prefer-text-field.ts'
import preferTimestamptz from './prefer-timestamptz.ts'
import preparedStatementBreak from './prepared-statement-break.ts'
import publicationChange from './publication-change.ts'
import publishedTableDdl from './published-table-ddl.ts'
import refreshMatviewBlocking from './refresh-matview-blocking.ts'
import refreshMatviewNoUniqueIndex from './refresh-matview-no-unique-index.ts'
import reindexBlocking from './reindex-blocking.ts'
import renameColumn from './rename-column.ts'
import renameSchema from './rename-schema.ts'
import renameTable from './rename-table.ts'
import renameView from './rename-view.ts'
import replaceIndexOrder from './replace-index-order.ts'
import replacePrimaryKey from './replace-primary-key.ts'
import replaceViewIncompatible from './replace-view-incompatible.ts'
import replicaIdentity from './replica-identity.ts'
import requireTableSchema from './require-table-schema.ts'
import revoke from './revoke.ts'
import setAccessMethod from './set-access-method.ts'
import setDefault from './set-default.ts'
import setExpression from './set-expression.ts'
import setLoggedUnlogged from './set-logged-unlogged.ts'
import setNotNullLosesCheck from './set-not-null-loses-check.ts'
import setNotNullOverNotValid from './set-not-null-over-not-valid.ts'
import setNotNullScan from './set-not-null-scan.ts'
import setSchema from './set-schema.ts'
import setTablespace from './set-tablespace.ts'
import severalAltersSameTable from './several-alters-same-table.ts'
import statementAfterAccessExclusive from './statement-after-access-exclusive.ts'
import statementTimeoutTooLong from './statement-timeout-too-long.ts'
import transactionNesting from './transaction-nesting.ts'
import truncateCascade from './truncate-cascade.ts'
import truncate from './truncate.ts'
import unclosedTransaction from './unclosed-transaction.ts'
import updateWithoutWhere from './update-without-where.ts'
import usingIndexNotEligible from './using-index-not-eligible.ts'
import vacuumFull from './vacuum-full.ts'
import validateConstraint from './validate-constraint.ts'
import validateInSameTransaction from './validate-in-same-transaction.ts'
import wideLockWindow from './wide-lock-window.ts'

export const rules: readonly Rule[] = [
  createIndexBlocking,
  concurrentInTransaction,
  concurrentIndexIfNotExists,
  dropIndexBlocking,
  dropIndexBacksConstraint,
  reindexBlocking,
  renameColumn,
  renameTable,
  setSchema,
  replaceIndexOrder,
  replacePrimaryKey,
  addForeignKeyValidating,
  foreignKeyMissingIndex,
  addCheckValidating,
  addUniqueConstraint,
  addPrimaryKey,
  addExclusionConstraint,
  setNotNullScan,
  setNotNullLosesCheck,
  dropConstraint,
  dropForeignKey,
  dropNotNull,
  validateConstraint,
  addColumn,
  addColumnSerial,
  addColumnIdentity,
  addColumnGeneratedStored,
  addColumnVolatileDefault,
  addColumnConstrainedDomain,
  addColumnNotNullNoDefault,
  addColumnInlineCheck,
  addColumnInlineUnique,
  addColumnInlineFk,
  changeColumnTypeRewrite,
  changeColumnTypeReindex,
  changeColumnTypeRecheck,
  setDefault,
  dropDefault,
  enumAddValue,
  enumValueUsedSameTx,
  updateWithoutWhere,
  bigUpdateInMigration,
  deleteWithoutWhere,
  insertSelectLarge,
  backfillInDdlTransaction,
  statementAfterAccessExclusive,
  validateInSameTransaction,
  wideLockWindow,
  missingLockTimeout,
  dropColumn,
  dropColumnForeignKey,
  dropColumnIndexed,
  dropColumnDependents,
  dropTable,
  dropTableManyForeignKeys,
  dropPartition,
  createTableForce,
  renameSchema,
  renameView,
  dropSchema,
  truncate,
  truncateCascade,
  dropViewInUse,
  replaceViewIncompatible,
  enumRenameValue,
  dropType,
  revoke,
  enableRls,
  replicaIdentity,
  setLoggedUnlogged,
  cluster,
  vacuumFull,
  refreshMatviewBlocking,
  refreshMatviewNoUniqueIndex,
  detachPartitionBlocking,
  detachConcurrentlyDefault,
  createPartitionOf,
  attachPartitionScan,
  attachPartitionIndex,
  attachPartitionForeignKey,
  createTrigger,
  dropTrigger,
  enableDisableTrigger,
  alterDomainAddConstraint,
  alterDomainValidate,
  createMatviewLong,
  lockTable,
  dropReferencedKey,
  createUniqueIndexDuplicates,
  createIndexPartitionedConcurrently,
  dropIndexPartitionedConcurrently,
  dropIndexLastCover,
  concurrentIndexUnnamed,
  concurrentIndexShortLockTimeout,
  duplicateIndex,
  foreignKeyTypeMismatch,
  foreignKeysManyInTx,
  usingIndexNotEligible,
  notNullCheckBeforeBackfill,
  changeColumnTypeFk,
  changeColumnTypeDependents,
  changeColumnTypeNarrowing,
  preparedStatementBreak,
  addColumnJson,
  addColumnStableDefault,
  backfillFiresUserTriggers,
  duplicateColumnAssignment,
  lockTimeoutNotInForce,
  lockTimeoutZero,
  lockTimeoutTooLong,
  transactionNesting,
  unclosedTransaction,
  severalAltersSameTable,
  commandInTransaction,
  dropCascade,
  publicationChange,
  setExpression,
  setAccessMethod,
  setTablespace,
  addNotNullConstraint,
  addForeignKeyPartitioned,
  preferTextField,
  preferBigint,
  preferTimestamptz,
  preferIdentity,
  requireTableSchema,
  createEnum,
  domainWithConstraint,
  indexTooManyColumns,
  dropFunction,
  dropSequence,
  createPolicy,
  constraintNotEnforced,
  enumValueOrdering,
  mixedTransactional,
  nonIdempotentDataStep,
  notValidNeverValidated,
  statementTimeoutTooLong,
  setNotNullOverNotValid,
  alterCompositeType,
  identifierTooLong,
  invalidIndexPresent,
  detachPending,
  publishedTableDdl,
  concurrentIndexCorruptionPg14,
]
