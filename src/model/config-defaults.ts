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
  /**
   * Measured by bench/rates.mjs on PostgreSQL 15.18, 500,000 rows of 141 bytes in memory, an embedded server with fsync on
   * two busy cores, and rounded. Tables that are read from a disk take longer.
   */
  rates: {
    scan: { rowsPerSecond: 4_700_000, bytesPerSecond: 670_000_000 },
    build: { rowsPerSecond: 940_000, bytesPerSecond: 130_000_000 },
    rewrite: { rowsPerSecond: 430_000, bytesPerSecond: 64_000_000 },
    update: { rowsPerSecond: 63_000, bytesPerSecond: 9_400_000 },
    insert: { rowsPerSecond: 92_000, bytesPerSecond: 15_000_000 },
    delete: { rowsPerSecond: 1_300_000, bytesPerSecond: 190_000_000 },
  },
  applications: { old: null, new: null },
}
