/**
 * The shape of a rule. A rule is a value: three pure functions and its manual. It cannot connect, print or decide what
 * is run: `lint/` turns detections into findings, `plan/` turns replacements into steps.
 */
import type { Catalog } from '../catalog/catalog.ts'
import type { JudgedAction } from '../effects/walk.ts'
import type { ServerFacts } from '../model/catalog.ts'
import type { Severity } from '../model/finding.ts'
import type { DraftStep } from '../model/plan.ts'
import type { TransactionMode } from '../model/migration.ts'
import type { ActionKind, ActionOf } from '../model/statement.ts'
import type { LockstepComment } from '../sql/lockstep-comment.ts'
import type { RecipeId } from './recipes.ts'

/** What a rule may know beside its action. */
export interface RuleContext {
  /** As it is just before the action. */
  readonly catalog: Catalog
  readonly judged: JudgedAction
  readonly serverVersion: { readonly min: number; readonly max: number }
  /** The author's `-- lockstep:` comments on the statement, and those on the whole file. */
  readonly comments: readonly LockstepComment[]
}

/** What a rule that judges a whole transaction may know. */
export type TransactionContext = Pick<RuleContext, 'serverVersion'>

/** `message`: what happens, naming the relations. Severity only where it differs from the rule's own. */
export interface Detection {
  readonly message: string
  readonly severity?: Severity
  /** Asked of the catalog at the end of the file, and of all files: has a later statement done what the finding asks for? */
  readonly isSettledBy?: (end: Catalog) => boolean
}

/** Steps that take the action's place, in the order in which they must run; or why there are none, and what to do. */
export type Replacement =
  | {
      readonly steps: readonly DraftStep[]
      readonly notes?: readonly string[]
      /**
       * Where the end differs from the author's, each as the object that `verify/` compares and why: `column public.t.c:
       * …`. Only with the author's consent.
       */
      readonly differences?: readonly string[]
    }
  | { readonly cannot: string }

/** The manual page, and the second and third sentence of every finding (`why` is who feels it, `instead` what to do). */
export interface RuleDocs {
  readonly what: string
  readonly why: string
  readonly instead: string
  /** PostgreSQL's manual, or where the fact was measured. */
  readonly reference: string
}

/**
 * A whole migration file; a bare text is one that the runner wraps in a transaction. `recipe`: what it shows, where that
 * is not the first recipe of its rule.
 */
export type Example =
  | string
  | { readonly transaction: TransactionMode; readonly sql: string; readonly recipe?: RecipeId }

/** What no statement of a setup makes: accidents, and whom the server replicates to. Offline the rule then says nothing. */
export interface LiveState {
  /** In a sentence, for the page. */
  readonly words: string
  /** What a superuser runs after the setup, so that the server is in that state. */
  readonly sql: readonly string[]
  /** As `readCatalog` gives it; a version that the test server has not is only told offline. */
  readonly server: Partial<ServerFacts>
  readonly invalidIndexes: readonly string[]
}

/**
 * Every example is run: offline against the detector for the golden page, and on a real server, where an unsafe one must
 * show the effect that the rule claims and its replacement must end in the same catalog.
 */
export interface RuleExamples {
  /** SQL that makes the database the examples meet; its tables are old, may hold rows and are in use. */
  readonly setup: string
  readonly unsafe: readonly Example[]
  readonly safe: readonly Example[]
  /** SQLSTATE with which the server refuses every unsafe example; left out: the server takes them. */
  readonly refused?: string
  /** Majors of the servers on which the unsafe examples do what is claimed; left out: on all of them. */
  readonly majors?: { readonly min?: number; readonly max?: number }
  /** What they need and only a superuser may make, before `setup`, and drop when the database is gone. */
  readonly live?: LiveState
  readonly superuser?: { readonly make: readonly string[]; readonly drop: readonly string[] }
}

interface RuleCommon {
  /** Kebab-case, says object and hazard, never renamed or reused; also the name of file, page and anchor. */
  readonly id: string
  readonly severity: Severity
  /** A matter of taste: off unless the config names it. */
  readonly optIn?: true
  /** What it warns of lasts as long as work that grows with a table: where that is small, it is over at once. */
  readonly lastsAsLongAsRows?: true
  /**
   * The recipes that its unsafe examples show, whichever rule plans them: each example the first one, unless it names
   * another (`shows`).
   */
  readonly recipe?: readonly [RecipeId, ...RecipeId[]]
  readonly docs: RuleDocs
  readonly examples: RuleExamples
}

/** Judges one action at a time. */
export interface ActionRule<K extends ActionKind = ActionKind> extends RuleCommon {
  readonly scope: 'action'
  readonly on: readonly K[]
  detect(this: void, action: ActionOf<K>, context: RuleContext): Detection | null
  /** Absent: the finding is advice, or the planner's own splitting of the transaction is the answer. */
  replace?(this: void, action: ActionOf<K>, context: RuleContext): Replacement
}

/** A hazard that several actions of one transaction make together. `claims` are the judged actions it speaks for. */
export interface TransactionDetection extends Detection {
  /** Index into the transaction's actions; the finding stands on the last one. A replacement takes the place of all. */
  readonly claims: readonly [number, ...number[]]
}

/** Judges what one transaction does as a whole: locks carried from one statement to the next, orders, pairs. */
export interface TransactionRule extends RuleCommon {
  readonly scope: 'transaction'
  detect(
    this: void,
    actions: readonly JudgedAction[],
    context: TransactionContext,
  ): readonly TransactionDetection[]
  replace?(this: void, claimed: readonly JudgedAction[], context: TransactionContext): Replacement
}

/** Judges a file as a whole, over the ends of its transactions: what is left of it when it stops half way. It only advises. */
export interface FileRule extends RuleCommon {
  readonly scope: 'file'
  detect(
    this: void,
    actions: readonly JudgedAction[],
    context: TransactionContext,
  ): readonly TransactionDetection[]
}

export type Rule = ActionRule | TransactionRule | FileRule

/** A file of which the runner sends each statement on its own. */
export function autocommit(sql: string): Example {
  return { transaction: 'statement', sql }
}

/** An example of another recipe than the first of its rule. */
export function shows(recipe: RecipeId, example: Example): Example {
  return typeof example === 'string' ? { transaction: 'file', sql: example, recipe } : { ...example, recipe }
}

export function defineRule<const K extends ActionKind>(rule: Omit<ActionRule<K>, 'scope'>): ActionRule<K> {
  return { ...rule, scope: 'action' }
}

export function defineFileRule(rule: Omit<FileRule, 'scope'>): FileRule {
  return { ...rule, scope: 'file' }
}

export function defineTransactionRule(rule: Omit<TransactionRule, 'scope'>): TransactionRule {
  return { ...rule, scope: 'transaction' }
}
