/**
 * The public API: what the commands are made of, for those who would rather call than spawn. Text in, data out on this
 * side of a plan; a plan and an address in, outcomes out on the other.
 */
export { loadParser } from './sql/parser.ts'
export { parseScript, type Script } from './sql/parse-script.ts'
export { readMigrations } from './source/read-migrations.ts'
export { splitPending } from './source/pending.ts'
export { catalogOf, emptyCatalog } from './catalog/replay.ts'
export { lintMigrations } from './lint/lint.ts'
export { rules } from './rules/index.ts'
export { makePlan } from './plan/make-plan.ts'
export { readPlan, writePlan } from './plan/plan-file.ts'
export { applyPlan } from './execute/apply.ts'
export { rollbackPlan } from './execute/rollback.ts'
export { readStatus } from './execute/status.ts'
export type { CatalogSnapshot } from './model/catalog.ts'
export type { Finding, LintReport } from './model/finding.ts'
export type { Migration } from './model/migration.ts'
export type { Outcome, RunReport } from './model/outcome.ts'
export type { Plan, Step } from './model/plan.ts'
export type { Problem, Result } from './model/problem.ts'
export type { RunEvent } from './model/run-event.ts'
export type { Action, Statement } from './model/statement.ts'
