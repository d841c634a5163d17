/**
 * What an OAuth server asks of its database all day, as data, in the words of whichever version of the application runs
 * it. Here is how often, and of which rows.
 *
 * Reads favour a few keys, as users do; writes spread evenly, so that a wait seen in a run is the migration's and not
 * two workers' fight over one row.
 */
import {
  clientId,
  clientOf,
  fate,
  fates,
  issuerOf,
  key,
  keySets,
  requestedAt,
  rowCounts,
  sessionOf,
  signature,
  signingKeyId,
  signingKeys,
  subject,
  type RowCounts,
} from './keys.ts'
import type { Grant, LaterStatements, OauthStatements } from './oauth-statements.ts'
import { uniform, zipf, type Random } from './random.ts'
import type { WorkloadScript, WorkloadStatement } from './workload.ts'

/** All that an application of 1.0 does. */
export function firstScripts(sql: OauthStatements): readonly WorkloadScript[] {
  return [introspect(sql, 50), ...sharedScripts(sql)]
}

/** All that an application does from the last 1.x on: what came later takes its share from the introspections. */
export function laterScripts(sql: LaterStatements): readonly WorkloadScript[] {
  return [introspect(sql, 46), ...sharedScripts(sql), jwtBearer(sql), trustIssuer(sql), extendSecret(sql)]
}

function sharedScripts(sql: OauthStatements): readonly WorkloadScript[] {
  return [
    clientLookup(sql),
    codeExchange(sql),
    refresh(sql),
    clientCredentials(sql),
    loginCreate(sql),
    consent(sql),
    loginAccept(sql),
    revoke(sql),
    previousConsent(sql),
    janitor(sql),
    jsonWebKeySet(sql),
  ]
}

/** The newest rows are the ones in use. */
function popularId(random: Random, counts: RowCounts): number {
  return counts.tokens + 1 - zipf(random, counts.tokens)
}

/** A loaded row whose flow went through and whose tokens were never revoked. */
function grantedId(random: Random, counts: RowCounts): number {
  const first = fate.revoked + 1
  const cycle = uniform(random, Math.floor(counts.tokens / fates)) - 1
  return cycle * fates + first + Math.floor(random.next() * (fates - first))
}

function grantOf(id: number, counts: RowCounts): Grant {
  return {
    client: clientId(clientOf(id, counts)),
    subject: subject(sessionOf(id, counts)),
    consent: key('consent', id),
  }
}

/** A pair shares one request, and 1.0 allows a request one token of each kind: so each pair is a request of its own. */
function insertPair(sql: OauthStatements, random: Random, grant: Grant): readonly WorkloadStatement[] {
  const name = random.fresh()
  return [sql.insertToken('access', name, grant), sql.insertToken('refresh', name, grant)]
}

function introspect(sql: OauthStatements, weight: number): WorkloadScript {
  return {
    name: 'introspect',
    weight,
    transaction: false,
    statements(random, scale) {
      const counts = rowCounts(scale.tokens)
      const id = popularId(random, counts)
      return [
        sql.selectToken('access', signature('access', id)),
        sql.selectClient(clientId(clientOf(id, counts))),
      ]
    },
  }
}

function clientLookup(sql: OauthStatements): WorkloadScript {
  return {
    name: 'client-lookup',
    weight: 14,
    transaction: false,
    statements(random, scale) {
      return [sql.lookUpClient(clientId(zipf(random, rowCounts(scale.tokens).clients)))]
    },
  }
}

function codeExchange(sql: OauthStatements): WorkloadScript {
  return {
    name: 'code-exchange',
    weight: 8,
    transaction: true,
    statements(random, scale) {
      const counts = rowCounts(scale.tokens)
      const id = grantedId(random, counts)
      const code = signature('code', id)
      return [
        sql.selectToken('code', code),
        sql.useCode(code),
        sql.deleteProofKey(signature('pkce', id)),
        ...insertPair(sql, random, grantOf(id, counts)),
      ]
    },
  }
}

function refresh(sql: OauthStatements): WorkloadScript {
  return {
    name: 'refresh',
    weight: 8,
    transaction: true,
    statements(random, scale) {
      const counts = rowCounts(scale.tokens)
      const id = grantedId(random, counts)
      return [
        sql.selectToken('refresh', signature('refresh', id)),
        ...sql.revokeRequest(key('request', id)),
        ...insertPair(sql, random, grantOf(id, counts)),
      ]
    },
  }
}

function clientCredentials(sql: OauthStatements): WorkloadScript {
  return {
    name: 'client-credentials',
    weight: 5,
    transaction: false,
    statements(random, scale) {
      const client = clientId(uniform(random, rowCounts(scale.tokens).clients))
      return [
        sql.selectClient(client),
        sql.insertToken('access', random.fresh(), { client, subject: client, consent: null }),
      ]
    },
  }
}

function loginCreate(sql: OauthStatements): WorkloadScript {
  return {
    name: 'login-create',
    weight: 4,
    transaction: false,
    statements(random, scale) {
      const counts = rowCounts(scale.tokens)
      const session = uniform(random, counts.sessions)
      const name = random.fresh()
      return [
        sql.insertLogin({
          challenge: key('login', name),
          verifier: key('login-verifier', name),
          csrf: key('csrf', name),
          subject: subject(session),
          client: clientId(uniform(random, counts.clients)),
          session: key('session', session),
        }),
      ]
    },
  }
}

function consent(sql: OauthStatements): WorkloadScript {
  return {
    name: 'consent',
    weight: 3,
    transaction: false,
    statements(random, scale) {
      const id = grantedId(random, rowCounts(scale.tokens))
      return [sql.selectConsent(key('consent-verifier', id)), sql.useConsent(key('consent', id))]
    },
  }
}

/** Half of them answer a login still open, half answer again. Rejected ones stay rejected, so that their count can be kept. */
function loginAccept(sql: OauthStatements): WorkloadScript {
  return {
    name: 'login-accept',
    weight: 2,
    transaction: false,
    statements(random, scale) {
      const counts = rowCounts(scale.tokens)
      const granted = grantedId(random, counts)
      const id = random.next() < 0.5 ? granted : granted - (granted % fates) + fates + fate.loginOpen
      const session = sessionOf(id, counts)
      return [
        sql.acceptLogin(key('login', id), subject(session)),
        sql.renewSession(key('session', session), subject(session)),
      ]
    },
  }
}

function revoke(sql: OauthStatements): WorkloadScript {
  return {
    name: 'revoke',
    weight: 2,
    transaction: true,
    statements(random, scale) {
      return sql.revokeRequest(key('request', grantedId(random, rowCounts(scale.tokens))))
    },
  }
}

function previousConsent(sql: OauthStatements): WorkloadScript {
  return {
    name: 'previous-consent',
    weight: 2,
    transaction: false,
    statements(random, scale) {
      const counts = rowCounts(scale.tokens)
      const grant = grantOf(grantedId(random, counts), counts)
      return [sql.selectPreviousConsent(grant.subject, grant.client)]
    },
  }
}

/** The oldest tenth of the loaded tokens is expired. */
function janitor(sql: OauthStatements): WorkloadScript {
  return {
    name: 'janitor',
    weight: 1,
    transaction: false,
    statements(_random, scale) {
      const counts = rowCounts(scale.tokens)
      return [sql.deleteExpired(requestedAt(counts.tokens / 10, counts))]
    },
  }
}

function jsonWebKeySet(sql: OauthStatements): WorkloadScript {
  return {
    name: 'json-web-key-set',
    weight: 1,
    transaction: false,
    statements() {
      return [sql.selectKeySet(keySets.idToken)]
    },
  }
}

/** An access token for an assertion, which must not be used twice. */
function jwtBearer(sql: LaterStatements): WorkloadScript {
  return {
    name: 'jwt-bearer',
    weight: 2,
    transaction: true,
    statements(random, scale) {
      const counts = rowCounts(scale.tokens)
      const client = clientId(uniform(random, counts.clients))
      const issuer = issuerOf(uniform(random, counts.issuers))
      const name = random.fresh()
      return [
        sql.selectIssuer(issuer.issuer, issuer.subject),
        sql.insertAssertion(key('assertion', name), client),
        sql.insertToken('access', name, { client, subject: issuer.subject, consent: null }),
      ]
    },
  }
}

function trustIssuer(sql: LaterStatements): WorkloadScript {
  return {
    name: 'trust-issuer',
    weight: 1,
    transaction: false,
    statements(random) {
      const name = random.fresh()
      return [
        sql.insertIssuer({
          id: key('issuer', name),
          ...issuerOf(name),
          scopes: ['openid', 'offline'],
          keySet: keySets.accessToken,
          keyId: signingKeyId(keySets.accessToken, uniform(random, signingKeys)),
        }),
      ]
    },
  }
}

function extendSecret(sql: LaterStatements): WorkloadScript {
  return {
    name: 'extend-secret',
    weight: 1,
    transaction: false,
    statements(random, scale) {
      return [sql.extendSecret(clientId(uniform(random, rowCounts(scale.tokens).clients)))]
    },
  }
}
