/**
 * The keys of the demo's rows, derived from a running number in SQL and in TypeScript alike, so that a worker can
 * name any loaded row without having read it. Owns that equality, and which row belongs to which.
 */
import { createHash } from 'node:crypto'

export type TokenKind = 'access' | 'refresh' | 'code' | 'oidc' | 'pkce'

/** Every key of its own purpose, so that knowing one key of a row tells nothing of the others. */
export type KeyPurpose =
  | 'request'
  | 'login'
  | 'login-verifier'
  | 'consent'
  | 'consent-verifier'
  | 'csrf'
  | 'session'
  | 'logout'
  | 'logout-verifier'
  | 'issuer'
  | 'assertion'

/** Fewer rows than one full cycle of the fates below would leave scripts without a row to work on. */
const tokensMin = 20

/**
 * What became of row `id` is told by `id % 20`: the flow stops at the step named, anything higher went through to
 * tokens. `revoked` did too, and lost its access token again.
 */
export const fate = {
  loginOpen: 0,
  loginRejected: 1,
  consentOpen: 2,
  consentRejected: 3,
  revoked: 4,
} as const
export const fates = 20

export interface RowCounts {
  readonly clients: number
  readonly sessions: number
  readonly tokens: number
  readonly issuers: number
}

export function rowCounts(tokens: number): RowCounts {
  if (!Number.isSafeInteger(tokens) || tokens < tokensMin) {
    throw new RangeError(`tokens must be a whole number of at least ${tokensMin}, not ${tokens}`)
  }
  return {
    clients: Math.ceil(tokens / 10),
    sessions: Math.ceil(tokens / 2),
    tokens,
    issuers: Math.ceil(tokens / 20),
  }
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

/** 43 characters, as long as the signature of a real token. */
export function signature(kind: TokenKind, id: number | string): string {
  return (md5(`${kind}a${id}`) + md5(`${kind}b${id}`)).slice(0, 43)
}

export function signatureSql(kind: TokenKind, id: string): string {
  return `substr(md5('${kind}a' || ${id}) || md5('${kind}b' || ${id}), 1, 43)`
}

/** 36 characters in the shape of a UUID: it fits the narrowest of the key columns. */
export function key(purpose: KeyPurpose, id: number | string): string {
  return uuid(`${purpose}:${id}`)
}

function uuid(text: string): string {
  return md5(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

export function keySql(purpose: KeyPurpose, id: string): string {
  return `md5('${purpose}:' || ${id})::uuid::text`
}

export function clientOf(id: number, counts: RowCounts): number {
  return 1 + (id % counts.clients)
}

export function clientOfSql(id: string, counts: RowCounts): string {
  return `(1 + ${id} % ${counts.clients})`
}

export function sessionOf(id: number, counts: RowCounts): number {
  return 1 + (id % counts.sessions)
}

export function sessionOfSql(id: string, counts: RowCounts): string {
  return `(1 + ${id} % ${counts.sessions})`
}

export function clientId(client: number): string {
  return `client-${client}`
}

export function subject(session: number): string {
  return `user-${session}`
}

/** Whoever signs assertions for whom; with one key each. */
export function issuerOf(id: number | string): { readonly issuer: string; readonly subject: string } {
  return { issuer: `https://issuer-${id}.example.com`, subject: `service-${id}` }
}

export const keySets = { idToken: 'hydra.openid.id-token', accessToken: 'hydra.jwt.access-token' } as const
/** In each key set. */
export const signingKeys = 4

export function signingKeyId(keySet: string, id: number): string {
  return `private:${uuid(`${keySet}${id}`)}`
}

export function signingKeyIdSql(keySet: string, id: string): string {
  return `'private:' || md5(${keySet} || ${id})::uuid::text`
}

/** The newest loaded row is this old, each one before it a second older. */
export const loadedAt = '2019-07-01T00:00:00Z'

export function requestedAtSql(id: string, counts: RowCounts): string {
  return `timestamp '${loadedAt.slice(0, 19).replace('T', ' ')}' - (${counts.tokens} - ${id}) * interval '1 second'`
}

export function requestedAt(id: number, counts: RowCounts): Date {
  return new Date(Date.parse(loadedAt) - (counts.tokens - id) * 1000)
}
