/**
 * What an OAuth server says to its database for each thing that it does. Every version of the application has its own
 * words for it; what is done, how often and to which rows is the same (`oauth-scripts.ts`).
 */
import type { TokenKind } from './keys.ts'
import type { WorkloadStatement } from './workload.ts'

export interface Grant {
  readonly client: string
  readonly subject: string
  /** The challenge of the consent that it rests on; null: client credentials. */
  readonly consent: string | null
}

export interface LoginRequest {
  readonly challenge: string
  readonly verifier: string
  readonly csrf: string
  readonly subject: string
  readonly client: string
  readonly session: string
}

export interface JwtIssuer {
  /** A uuid. */
  readonly id: string
  readonly issuer: string
  readonly subject: string
  readonly scopes: readonly string[]
  readonly keySet: string
  readonly keyId: string
}

/** What 1.0 does already. */
export interface OauthStatements {
  /** What the authentication of a client asks for. */
  selectClient(id: string): WorkloadStatement
  /** What a login page shows of a client. */
  lookUpClient(id: string): WorkloadStatement
  selectToken(kind: TokenKind, signature: string): WorkloadStatement
  /** Active, requested now; `name` is what its keys are made of. */
  insertToken(kind: 'access' | 'refresh', name: string, grant: Grant): WorkloadStatement
  useCode(signature: string): WorkloadStatement
  deleteProofKey(signature: string): WorkloadStatement
  /**
   * Takes the tokens of a request back. Refresh before access in every version: two transactions that meet on one
   * request must not meet crosswise.
   */
  revokeRequest(requestId: string): readonly WorkloadStatement[]
  insertLogin(login: LoginRequest): WorkloadStatement
  /** A granted login, new or over what was answered before. */
  acceptLogin(challenge: string, subject: string): WorkloadStatement
  renewSession(id: string, subject: string): WorkloadStatement
  selectConsent(verifier: string): WorkloadStatement
  useConsent(challenge: string): WorkloadStatement
  selectPreviousConsent(subject: string, client: string): WorkloadStatement
  /** Up to 50 access tokens; two that run at once skip each other's rows rather than deadlock on them. */
  deleteExpired(before: Date): WorkloadStatement
  selectKeySet(keySet: string): WorkloadStatement
}

/** What came before the last 1.x. */
export interface LaterStatements extends OauthStatements {
  selectIssuer(issuer: string, subject: string): WorkloadStatement
  insertIssuer(issuer: JwtIssuer): WorkloadStatement
  /** Keeps an assertion from being replayed for an hour. */
  insertAssertion(signature: string, client: string): WorkloadStatement
  /** Puts the end of a client's secret off for as long as this version can. */
  extendSecret(client: string): WorkloadStatement
}
