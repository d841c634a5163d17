import { maxIdentifierBytes, quoteIdentifier, truncateIdentifier } from '../postgres/identifier.ts'
import { longIdentifiers } from '../sql/long-identifiers.ts'
import { defineFileRule, type TransactionDetection } from './define-rule.ts'

export default defineFileRule({
  id: 'identifier-too-long',
  severity: 'info',
  optIn: true,

  docs: {
    what: `A name of more than ${String(maxIdentifierBytes)} bytes.`,
    why: 'PostgreSQL cuts it with a notice that nobody reads. What is asked for by its whole name in another tool is not found, and two names that begin alike are one.',
    instead: `A name of at most ${String(maxIdentifierBytes)} bytes; a letter beyond ASCII counts for two to four.`,
    reference: 'https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS',
  },

  examples: {
    setup: 'CREATE TABLE "Short" (id bigint PRIMARY KEY, a integer);',
    unsafe: [
      'ALTER TABLE "Short" ADD CONSTRAINT a_name_that_says_everything_there_is_to_say_of_a_column_and_more_yet CHECK (a > 0) NOT VALID;',
      'ALTER TABLE "Short" ADD COLUMN "Größenverhältnisse aller Übertöpfe und der Untersetzer, in mm" integer;',
    ],
    safe: [
      'ALTER TABLE "Short" ADD COLUMN a_column_of_sixty_three_bytes_is_as_long_as_postgresql_lets_one integer;',
    ],
  },

  detect(actions) {
    const told = new Set<string>()
    return actions.flatMap(({ statement }, position): readonly TransactionDetection[] => {
      const names = longIdentifiers(statement.text).filter((name) => !told.has(name))
      for (const name of names) told.add(name)
      return names.map((name) => ({
        claims: [position],
        message: `${quoteIdentifier(name)} is cut to ${quoteIdentifier(truncateIdentifier(name))}.`,
      }))
    })
  },
})
