/** The catalogue's recipes, what the rules' own examples make of them, and which blocks their plans are built of. */
import { fillStep } from '../../src/model/filled-step.ts'
import type { Plan, Step } from '../../src/model/plan.ts'
import { sqlOfStep } from '../../src/model/step-sql.ts'
import { rules } from '../../src/rules/index.ts'
import { recipes, type RecipeId } from '../../src/rules/recipes.ts'
import { stepsOf } from '../support/plan-scenario.ts'
import { examplesOf, offlineCatalog, planExample, type PlannedExample } from './planned-example.ts'

declare module 'vitest' {
  interface TaskMeta {
    replacement?: Proved
  }
}

/** How an example's plan is tried. */
export type Proof = 'same end' | 'killed' | 'taken back'

/** Which trial a test is. */
export interface Proved {
  readonly rule: string
  readonly number: number
  readonly proof: Proof
  readonly major: number
}

/** `elsewhere`: the servers of this major are not those on which it shows anything. */
export type ExampleVerdict =
  | { readonly kind: 'planned'; readonly plan: Plan }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'elsewhere' }

export interface RecipeExample {
  readonly example: PlannedExample
  readonly verdict: ExampleVerdict
}

export interface RecipeEntry {
  readonly id: RecipeId
  readonly title: string
  /** Rules of which an example shows it. */
  readonly rules: readonly string[]
  readonly examples: readonly RecipeExample[]
  /** Why no rule's example shows it. */
  readonly unplanned: string | null
}

export interface Block {
  readonly id: `BB-${number}`
  readonly title: string
  /** A plan that is built of it. */
  readonly isIn: (plan: Plan) => boolean
}

const every = (): boolean => true

export const blocks: readonly Block[] = [
  { id: 'BB-1', title: 'The journal, by which a run goes on', isIn: every },
  { id: 'BB-2', title: 'A change of the catalog in an instant', isIn: hasStep('ddl') },
  {
    id: 'BB-3',
    title: 'An index built or dropped concurrently',
    isIn: (plan) => hasStep('create-index')(plan) || hasStep('drop-index')(plan),
  },
  { id: 'BB-4', title: 'NOT VALID, then VALIDATE', isIn: hasStep('patient') },
  { id: 'BB-5', title: 'A trigger that keeps columns in step', isIn: says('CREATE TRIGGER "~lockstep_') },
  { id: 'BB-6', title: 'Rows changed in batches', isIn: hasStep('in-batches') },
  {
    id: 'BB-7',
    title: 'Rows asked for afterwards, and invariants',
    isIn: (plan) =>
      plan.invariants.length > 0 ||
      stepsOf(plan).some(({ kind, after }) => kind === 'in-batches' && after.length > 0),
  },
  { id: 'BB-8', title: 'What hangs on a column, carried to its copy', isIn: says('aclexplode(old.attacl)') },
  { id: 'BB-9', title: 'A switch of names in an instant', isIn: (plan) => stepsOf(plan).some(isSwitch) },
  { id: 'BB-10', title: 'A gate before what is dropped', isIn: hasStep('gate') },
]

function hasStep(kind: Step['kind']): Block['isIn'] {
  return (plan) => stepsOf(plan).some((step) => step.kind === kind)
}

function says(text: string): Block['isIn'] {
  return (plan) => stepsOf(plan).some((step) => sqlOf(step).some((sql) => sql.includes(text)))
}

/** Two names change in one transaction, or one does and a view takes it. */
function isSwitch(step: Step): boolean {
  const renames = sqlOf(step).filter((sql) => sql.includes(' RENAME ') || sql.includes(' SET SCHEMA ')).length
  const views = sqlOf(step).filter((sql) => sql.startsWith('CREATE VIEW ')).length
  return step.kind === 'ddl' && renames > 0 && renames + views > 1
}

function sqlOf(step: Step): readonly string[] {
  return sqlOfStep(fillStep(step, () => '…'))
}

export function recipesOf({ rule, example }: PlannedExample): readonly RecipeId[] {
  const own = typeof example === 'string' ? undefined : example.recipe
  return own === undefined ? (rule.recipe ?? []).slice(0, 1) : [own]
}

const books = new Map<number, readonly RecipeEntry[]>()

/** On a server of this major. */
export function recipeBook(major: number): readonly RecipeEntry[] {
  const known = books.get(major) ?? bookFor(major)
  books.set(major, known)
  return known
}

function bookFor(major: number): readonly RecipeEntry[] {
  const all = examplesOf(rules)
    .filter((example) => recipesOf(example).length > 0)
    .map((example) => ({ example, verdict: verdictOf(example, major) }))
  return recipes.map((recipe) => {
    const examples = all.filter(({ example }) => recipesOf(example).includes(recipe.id))
    return {
      id: recipe.id,
      title: recipe.title,
      rules: [...new Set(examples.map(({ example }) => example.rule.id))],
      examples,
      unplanned: 'unplanned' in recipe ? recipe.unplanned : null,
    }
  })
}

export function isShownOn({ rule }: PlannedExample, major: number): boolean {
  const { min = major, max = major } = rule.examples.majors ?? {}
  return min <= major && major <= max
}

export function verdictOf(example: PlannedExample, major: number): ExampleVerdict {
  if (!isShownOn(example, major)) return { kind: 'elsewhere' }
  const made = planExample(example, offlineCatalog(example, major), major)
  const { refused } = example.rule.examples
  // The author's own SQL, as it stands, does no better in a plan.
  if (made.ok && refused !== undefined && stepsOf(made.value).every(({ rule }) => rule === null)) {
    return { kind: 'refused', why: `PostgreSQL itself refuses it with ${refused}` }
  }
  if (made.ok) return { kind: 'planned', plan: made.value }
  return { kind: 'refused', why: made.problems.map(({ message, hint }) => `${message} ${hint}`).join(' ') }
}
