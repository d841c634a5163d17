/** Why no session came about, in words: what happened, where, what to do. The password is in none of them. */
import type { Problem } from '../model/problem.ts'
import type { ConnectionTarget } from './connection-target.ts'
import { describeTarget } from './connection-target.ts'
import type { DatabaseError } from './database-error.ts'

type Wording = (
  where: string,
  target: ConnectionTarget,
) => readonly [code: string, message: string, hint: string]

const nothingListens: Wording = (where) => [
  'connection-refused',
  `Nothing listens at ${where}.`,
  'Start the server, or check host and port.',
]

const unreachable: Wording = (where) => [
  'host-unreachable',
  `No road leads to ${where}.`,
  'Check the network, the VPN and the firewall.',
]

const timeout: Wording = (where) => [
  'connection-timeout',
  `No answer from ${where} in time.`,
  'Check the firewall and that the server is not overloaded; connect_timeout=SECONDS in the URL waits longer.',
]

const closed: Wording = (where) => [
  'connection-closed',
  `${where} closed the connection before it was ready.`,
  'See the log of the server or of the proxy in front of it.',
]

const notPostgres: Wording = (where) => [
  'not-postgresql',
  `What answers at ${where} does not speak PostgreSQL's protocol.`,
  'Check the port.',
]

const untrusted: Wording = (where, target) => [
  'tls-untrusted',
  `The certificate of ${where} is not trusted (sslmode=${target.tls}).`,
  'Name the authority that signed it with sslrootcert=FILE in the URL, and use the host name that it is made out to.',
]

/** By code of Node's network layer, of `SocketError` and of postgres.js. */
const byCode: Readonly<Record<string, Wording>> = {
  ECONNREFUSED: nothingListens,
  ENOENT: nothingListens,
  ENOTFOUND: (where, target) => [
    'host-unknown',
    `The host name of ${where} is not known.`,
    `Check the spelling of ${target.host}, or the DNS.`,
  ],
  EAI_AGAIN: (where) => [
    'host-unknown',
    `The host name of ${where} cannot be looked up just now.`,
    'Check the DNS, then try again.',
  ],
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  EADDRNOTAVAIL: unreachable,
  ETIMEDOUT: timeout,
  CONNECT_TIMEOUT: timeout,
  timeout,
  closed,
  CONNECTION_CLOSED: closed,
  ECONNRESET: closed,
  EPIPE: closed,
  'not-postgresql': notPostgres,
  'tls-unavailable': (where, target) => [
    'tls-unavailable',
    `${where} offers no TLS, which sslmode=${target.tls} demands.`,
    'Turn on ssl at the server, or say sslmode=disable where the network is trusted.',
  ],
  'certificate-unreadable': (where) => [
    'certificate-unreadable',
    `A certificate or key for ${where} cannot be read.`,
    'Check the paths in sslrootcert, sslcert and sslkey.',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_HAS_EXPIRED: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: untrusted,
}

/** By SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const bySqlstate: Readonly<Record<string, Wording>> = {
  '28P01': (where, target) =>
    target.password === ''
      ? [
          'password-missing',
          `${where} asks for a password of user ${target.user}, and the database URL has none.`,
          'Put it into the URL, percent-encoded.',
        ]
      : [
          'password-rejected',
          `${where} does not take the password of user ${target.user}.`,
          'Check user and password in the URL; special characters must be percent-encoded.',
        ],
  '28000': (where, target) => [
    'login-refused',
    `${where} does not let user ${target.user} in.`,
    'Check that the role exists and may log in, and that pg_hba.conf admits it from here.',
  ],
  '3D000': (where, target) => [
    'database-unknown',
    `There is no database ${target.database} at ${where}.`,
    'Create it, or check the name at the end of the URL.',
  ],
  '53300': (where) => [
    'too-many-connections',
    `${where} has no free connection.`,
    'Close some, or raise max_connections; lockstep needs two or three.',
  ],
  '57P03': (where) => [
    'server-not-ready',
    `${where} is starting up, shutting down or in recovery.`,
    'Wait a moment, then try again.',
  ],
}

/** `reason`: what the operating system, the TLS library or the server said, if it adds anything. */
export function connectionProblem(
  target: ConnectionTarget,
  failure: { readonly code: string | null; readonly error: DatabaseError },
): Problem {
  const where = describeTarget(target)
  const { sqlstate, message: reason } = failure.error
  const wording = sqlstate === null ? byCode[failure.code ?? ''] : bySqlstate[sqlstate]
  if (wording !== undefined) {
    const [code, message, hint] = wording(where, target)
    return problem(code, message, hint)
  }
  if (failure.code !== null && /^(ERR_)?(SSL|TLS)|^ERR_OSSL/.test(failure.code)) {
    return problem(
      'tls-failed',
      `TLS with ${where} failed: ${reason}.`,
      'Check the certificates on both sides; sslmode in the URL says what is demanded.',
    )
  }
  return problem(
    'connection-failed',
    `${where} gave no session: ${reason}.`,
    failure.error.hint ?? 'Check the database URL and the log of the server.',
  )
}

/** PostgreSQL releases that lockstep knows the locks of. */
export const supportedMajors = { min: 14, max: 18 } as const

export function versionProblem(target: ConnectionTarget, serverVersionNum: number): Problem {
  const major = Math.floor(serverVersionNum / 10_000)
  const { min, max } = supportedMajors
  return problem(
    'server-version-unsupported',
    `${describeTarget(target)} runs PostgreSQL ${major}; lockstep knows the locks of ${min} to ${max}.`,
    major < min ? 'Upgrade the server first.' : 'Look for a newer release of lockstep.',
  )
}

function problem(code: string, message: string, hint: string): Problem {
  return { code, message, hint, position: null, excerpt: null }
}
