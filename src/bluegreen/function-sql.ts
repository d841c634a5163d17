import { quoteIdentifier, quoteLines } from '../postgres/identifier.ts'
import { ourSchema } from './names.ts'

/**
 * A function of ours. The search path is fixed, because an apply worker has none; the rights are those of whoever made
 * it, because a worker, or an application, may have fewer.
 */
export function functionSql(wanted: {
  /** With its parameters, without its schema. */
  readonly name: string
  readonly returns: string
  readonly body: string
  readonly searchPath: readonly string[]
  readonly language?: 'plpgsql' | 'sql'
  /** Its queries look few rows up by a key. */
  readonly byKey?: boolean
}): string {
  const path = wanted.searchPath.map(quoteIdentifier).join(', ')
  return `CREATE OR REPLACE FUNCTION ${ourSchema}.${wanted.name} RETURNS ${wanted.returns} LANGUAGE ${wanted.language ?? 'plpgsql'}
  SECURITY DEFINER SET search_path = ${path}${wanted.byKey === true ? byIndex : ''} AS ${quoteLines(wanted.body)};`
}

/** A worker keeps its plans, and may have made them while the tables were small. */
const byIndex = ' SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off'
