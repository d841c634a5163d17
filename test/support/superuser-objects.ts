import { inject } from 'vitest'
import type { Rule } from '../../src/rules/define-rule.ts'
import { mustConnect, type TestDatabase } from './database.ts'

/**
 * Makes what a rule's examples need and only a superuser may make. Some of it is the server's and not the database's, so
 * that only one test may have it at a time; gives the way to drop it when the database is gone.
 */
export async function makeSuperuserObjects(
  rule: Rule,
  { session }: TestDatabase,
): Promise<() => Promise<void>> {
  const { make = [], drop = [] } = rule.examples.superuser ?? {}
  const server = await mustConnect(inject('serverUrl'))
  if (drop.length > 0) await server.query(`SELECT pg_advisory_lock(hashtext($1))::text`, [drop.join(';')])
  for (const sql of make) await session.execute(sql)
  return async () => {
    for (const sql of drop) await server.execute(sql)
    await server.close()
  }
}
