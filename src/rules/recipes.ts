/**
 * The recipes and blocks that a plan is made of, in the catalogue's order. A rule names those that its examples show
 * (`recipe`); one that no rule names, or of which every example is refused, has its reason here or in the refusal.
 */
export const recipes = [
  { id: 'R-01', title: 'CREATE INDEX' },
  { id: 'R-02', title: 'CREATE UNIQUE INDEX' },
  { id: 'R-03', title: 'CREATE INDEX on a partitioned table' },
  { id: 'R-04', title: 'DROP INDEX' },
  { id: 'R-05', title: 'REINDEX' },
  { id: 'R-06', title: 'An index replaced under its name' },
  { id: 'R-07', title: 'ADD UNIQUE' },
  { id: 'R-08', title: 'ADD PRIMARY KEY' },
  { id: 'R-09', title: 'UNIQUE or PRIMARY KEY of a partitioned table' },
  { id: 'R-10', title: 'A primary key replaced' },
  { id: 'R-11', title: 'ADD FOREIGN KEY' },
  { id: 'R-12', title: 'ADD FOREIGN KEY of a partitioned table' },
  { id: 'R-13', title: 'ADD CHECK' },
  { id: 'R-14', title: 'SET NOT NULL' },
  { id: 'R-15', title: 'ADD EXCLUDE, WITHOUT OVERLAPS' },
  { id: 'R-16', title: 'VALIDATE CONSTRAINT' },
  { id: 'R-17', title: 'DROP CONSTRAINT' },
  { id: 'R-18', title: 'DROP NOT NULL' },
  { id: 'R-19', title: 'ADD COLUMN with a volatile default' },
  { id: 'R-20', title: 'ADD COLUMN NOT NULL without a default' },
  { id: 'R-21', title: 'ADD COLUMN serial or identity' },
  { id: 'R-22', title: 'ADD COLUMN GENERATED … STORED' },
  { id: 'R-23', title: 'ADD COLUMN of a constrained domain' },
  { id: 'R-24', title: 'ADD COLUMN with its constraints' },
  { id: 'R-25', title: 'ALTER COLUMN TYPE' },
  { id: 'R-26', title: 'The type of a key and of all that refers to it' },
  { id: 'R-27', title: 'RENAME COLUMN' },
  { id: 'R-28', title: 'RENAME TABLE' },
  { id: 'R-29', title: 'SET SCHEMA, RENAME SCHEMA' },
  { id: 'R-30', title: 'DROP COLUMN' },
  { id: 'R-31', title: 'DROP TABLE' },
  { id: 'R-32', title: 'SET and DROP DEFAULT' },
  { id: 'R-33', title: 'ALTER TYPE … ADD VALUE' },
  {
    id: 'R-34',
    title: 'ALTER TYPE … RENAME VALUE',
    unplanned:
      'a plan renames it behind the gate, and until then the new application must do with the old label: that is no way for two applications',
  },
  {
    id: 'R-35',
    title: 'Enum values removed or put in another order',
    unplanned: 'PostgreSQL has no statement for it, and a type of another name changes what clients know',
  },
  { id: 'R-36', title: 'DROP TYPE, DROP DOMAIN' },
  { id: 'R-37', title: 'Constraints of a domain' },
  { id: 'R-38', title: 'CREATE and DROP TRIGGER' },
  {
    id: 'R-39',
    title: 'CREATE TABLE … PARTITION OF',
    unplanned: 'not offered yet: it locks the parent, and reads the default partition',
  },
  {
    id: 'R-40',
    title: 'ATTACH PARTITION',
    unplanned: 'not offered yet: it reads the rows, and builds the indexes that are not there',
  },
  {
    id: 'R-41',
    title: 'DETACH PARTITION',
    unplanned: 'not offered yet: until the gate the new application meets rows that it should not',
  },
  { id: 'R-42', title: 'REFRESH MATERIALIZED VIEW' },
  { id: 'R-43', title: 'Views and other dependents of what changes' },
  { id: 'R-44', title: 'CLUSTER, VACUUM FULL' },
  { id: 'R-45', title: 'SET TABLESPACE' },
  { id: 'R-46', title: 'SET LOGGED, UNLOGGED, ACCESS METHOD' },
  { id: 'R-47', title: 'UPDATE and DELETE of many rows' },
  { id: 'R-48', title: 'INSERT … SELECT' },
  { id: 'R-49', title: 'Several changes in one transaction' },
  { id: 'R-50', title: 'COMMENT, GRANT, REVOKE, statistics, extensions' },
  { id: 'R-51', title: 'Row level security' },
  { id: 'R-52', title: 'TRUNCATE' },
  { id: 'R-53', title: 'Publications, REPLICA IDENTITY' },
  { id: 'R-54', title: 'A table copied behind the application' },
] as const satisfies readonly {
  readonly id: `R-${number}`
  readonly title: string
  /** Why no example of any rule shows it. */
  readonly unplanned?: string
}[]

export type RecipeId = (typeof recipes)[number]['id']
