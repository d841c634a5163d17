import { quoteIdentifier, quoteLines, quoteLiteral } from '../postgres/identifier.ts'
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
  /** Its queries look few rows up by a key. */
  readonly byKey?: boolean
  readonly settings?: Readonly<Record<string, string>>
}): string {
  const path = wanted.searchPath.map(quoteIdentifier).join(', ')
  const settings = Object.entries(wanted.settings ?? {}).map(
    ([name, value]) => ` SET ${name} = ${quoteLiteral(value)}`,
  )
  return `CREATE OR REPLACE FUNCTION ${ourSchema}.${wanted.name} RETURNS ${wanted.returns} LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = ${path}${wanted.byKey === true ? byIndex : ''}${settings.join('')} AS ${quoteLines(wanted.body)};`
}

/** A worker keeps its plans, and may have made them while the tables were small. */
const byIndex = ' SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off'
