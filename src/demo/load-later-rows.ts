/**
 * Rows for the last 1.x beside those of 1.0 (`load-rows.ts`), which must be there: of the tables that came later, and
 * audiences, which applications write by now. They hold what migrations/2.x has to carry over or to clear away.
 */
import {
  clientOfSql,
  keySets,
  keySql,
  rowCounts,
  signingKeyIdSql,
  signingKeys,
  type RowCounts,
} from './keys.ts'
import { audience } from './written-values.ts'

/** Before this day an assertion is stale for migrations/2.x. */
export const staleBefore = '2022-10-01'
/** When those of the loaded assertions end that are not. */
export const assertionsEnd = '2030-01-01'

/** The last migration of 1.x: it makes the schema that the rows fit. */
export const lastOf1x = '20220801000300'

/** In the order of the foreign keys; each statement may run in a transaction of its own. */
export function loadLaterRowsSql(tokens: number): readonly string[] {
  const counts = rowCounts(tokens)
  return [
    ...audiences(),
    issuers(counts),
    assertions(counts),
    // As after the rows of 1.0: the load must not begin with plans for empty tables.
    'ANALYZE',
  ]
}

/** One row in three or so, told by the first digit of its key. */
function audiences(): readonly string[] {
  const columns = [
    ['hydra_oauth2_authentication_request', 'requested_at_audience'],
    ['hydra_oauth2_consent_request', 'requested_at_audience'],
    ['hydra_oauth2_consent_request_handled', 'granted_at_audience'],
  ]
  return columns.map(
    ([table, column]) => `UPDATE ${table} SET ${column} = '${audience}' WHERE challenge < '5'`,
  )
}

function issuers(counts: RowCounts): string {
  const keySet = `'${keySets.accessToken}'`
  return `INSERT INTO hydra_oauth2_trusted_jwt_bearer_issuer (
  id, issuer, subject, scope, key_set, key_id, created_at, expires_at, allow_any_subject)
SELECT ${keySql('issuer', 'id')}::uuid, 'https://issuer-' || id || '.example.com', 'service-' || id,
  CASE id % 3 WHEN 0 THEN '' WHEN 1 THEN 'openid' ELSE 'openid|offline' END, ${keySet},
  ${signingKeyIdSql(keySet, `(1 + id % ${signingKeys})`)}, timestamp '2022-02-01' + id * interval '1 minute',
  timestamp '2030-01-01', id % 10 = 0
FROM generate_series(1, ${counts.issuers}) AS id`
}

/** Every second one is stale. */
function assertions(counts: RowCounts): string {
  return `INSERT INTO hydra_oauth2_jti_blacklist (signature, expires_at, client_id)
SELECT ${keySql('assertion', 'id')},
  CASE id % 2 WHEN 0 THEN timestamp '${staleBefore}' - id * interval '1 second' ELSE '${assertionsEnd}' END,
  'client-' || ${clientOfSql('id', counts)}
FROM generate_series(1, ${Math.ceil(counts.tokens / 5)}) AS id`
}
