/** docs/recipes.md: what is planned, and by which rule; what is not, and why. */
import { blocks, recipeBook, type RecipeEntry, type RecipeExample } from './recipe-book.ts'

/** The default server of the tests, and the one whose statements differ most from it. */
const [major, since] = [15, 18]

export function recipePage(): string {
  const later = new Map(recipeBook(since).map((entry) => [entry.id, entry]))
  const book = recipeBook(major)
  const parts = [
    '# Recipes',
    'What `migrate plan` makes of a change, recipe by recipe. Each example of each rule is planned, and where it has a plan the ' +
      'plan is run on a server, while an old and a new application read and write; killed at each step and gone on with; and ' +
      'taken back from each phase. It must end as the author’s own SQL does. `npm run replacements` does all of that and prints ' +
      'what came of it; this page is written by the tests.',
    table(
      ['recipe', 'what', 'rules', 'examples planned'],
      book.map((entry) => [entry.id, entry.title, links(entry.rules), countOf(entry, later.get(entry.id))]),
    ),
    '## What is refused',
    'Recipes of which no example is planned, with the reason. Other refusals stand on the pages of their rules.',
    ...book.flatMap(refusals),
    '## Blocks',
    'What the plans above are built of, and the rules of which an example has it in its plan.',
    table(
      ['block', 'what', 'rules'],
      blocks.map((block) => [block.id, block.title, linksOfSome(rulesWith(book, block.isIn))]),
    ),
  ]
  return `${parts.join('\n\n')}\n`
}

function countOf(entry: RecipeEntry, later: RecipeEntry | undefined): string {
  const [now, then] = [counted(entry.examples), counted(later?.examples ?? [])]
  return now === then ? now : `${now}; on PostgreSQL ${since}, ${then}`
}

function counted(examples: readonly RecipeExample[]): string {
  const there = examples.filter(({ verdict }) => verdict.kind !== 'elsewhere').length
  const planned = examples.filter(({ verdict }) => verdict.kind === 'planned').length
  return there === 0 ? '–' : `${planned} of ${there}`
}

function refusals(entry: RecipeEntry): readonly string[] {
  const { id, title, examples, unplanned } = entry
  if (examples.some(({ verdict }) => verdict.kind === 'planned')) return []
  const lines = [...(unplanned === null ? [] : [`- ${unplanned}`]), ...reasons(entry)]
  return [`### ${id} ${title}`, lines.join('\n')]
}

function reasons({ examples }: RecipeEntry): readonly string[] {
  return examples.flatMap(({ example, verdict }) =>
    verdict.kind === 'refused'
      ? [`- ${links([example.rule.id])}, unsafe ${example.number}: ${oneLine(verdict.why)}`]
      : [],
  )
}

function rulesWith(book: readonly RecipeEntry[], isIn: (typeof blocks)[number]['isIn']): readonly string[] {
  const found = book.flatMap(({ examples }) =>
    examples.flatMap(({ example, verdict }) =>
      verdict.kind === 'planned' && isIn(verdict.plan) ? [example.rule.id] : [],
    ),
  )
  return [...new Set(found)].sort()
}

function links(ids: readonly string[]): string {
  return ids.map((id) => `[${id}](../src/rules/${id}.md)`).join(', ')
}

const shownMax = 4

function linksOfSome(ids: readonly string[]): string {
  return `${links(ids.slice(0, shownMax))}${ids.length > shownMax ? ' and others' : ''}`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function oneLine(text: string): string {
  return text.split('\n').join(' ')
}
