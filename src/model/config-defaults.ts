/** What holds without a config file. Apart from the schema, so that a command without a config need not load zod. */
export const configDefaults = {
  migrations: ['migrations'],
  include: ['**'],
  exclude: [],
  plans: 'plans',
  layout: null,
  transaction: null,
  searchPath: ['public'],
  serverVersion: { min: 14, max: 18 },
  rules: {},
  overrides: [],
  maxWarnings: null,
  smallTableRows: 10_000,
  invariants: [],
  history: 'layout' as const,
  stallBudgetMs: 200,
  applications: { old: null, new: null },
}
