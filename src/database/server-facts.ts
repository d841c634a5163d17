import type { ServerFacts } from '../model/catalog.ts'
import type { Session } from './session.ts'

/** FOR TABLES IN SCHEMA, which 15 brought, and FOR TABLE; pg_publication_tables would name those of FOR ALL TABLES too. */
const publishedQuery = (versionNum: number): string => `
  SELECT n.nspname AS schema, c.relname AS name, array_agg(DISTINCT p.pubname::text ORDER BY p.pubname::text) AS publications
    FROM (SELECT prrelid AS oid, prpubid AS publication FROM pg_publication_rel
          ${
            versionNum < 150_000
              ? ''
              : `UNION ALL
          SELECT t.oid, s.pnpubid FROM pg_publication_namespace s
            JOIN pg_class t ON t.relnamespace = s.pnnspid AND t.relkind IN ('r', 'p')`
          }) AS r
    JOIN pg_publication p ON p.oid = r.publication AND NOT starts_with(p.pubname::text, 'lockstep_')
    JOIN pg_class c ON c.oid = r.oid
    JOIN pg_namespace n ON n.oid = c.relnamespace
   GROUP BY 1, 2 ORDER BY 1, 2`

/**
 * What a running server says beside its schema. Reads catalogs alone: pg_inherits.inhdetachpending (14 to 18), pg_publication.
 * https://www.postgresql.org/docs/current/catalog-pg-inherits.html
 */
export async function readServerFacts(session: Session): Promise<ServerFacts> {
  const versionNum = session.serverVersionNum
  const pendingDetaches = await session.query<ServerFacts['pendingDetaches'][number]>(
    `SELECT n.nspname AS schema, c.relname AS name
       FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE h.inhdetachpending ORDER BY 1, 2`,
  )
  const published = await session.query<ServerFacts['published'][number]>(publishedQuery(versionNum))
  const all = await session.query<{ name: string }>(
    `SELECT pubname::text AS name FROM pg_publication
      WHERE puballtables AND NOT starts_with(pubname::text, 'lockstep_') ORDER BY 1`,
  )
  return {
    versionNum,
    pendingDetaches: [...pendingDetaches],
    published: [...published],
    publishedAll: all.map(({ name }) => name),
  }
}
