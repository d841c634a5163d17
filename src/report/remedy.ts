/** What to do about errors that the server gives without a hint, by SQLSTATE. */

const bySqlstate: Readonly<Record<string, string>> = {
  '42501':
    'Run it as a role that may do this: whoever alters a table must own it or be a member of the role that does (GRANT owner TO role).',
  '25006': 'The server takes no writes: it is a standby, or read-only by default. Name the primary.',
  '53100': 'The disk of the server is full: make room, then run the same command again.',
  '53200': 'The server is out of memory: try again when it has less to do.',
  '42P01': 'The database is not what the plan was made for: check the URL, or make the plan again for it.',
  '42703': 'The database is not what the plan was made for: check the URL, or make the plan again for it.',
  '57P01':
    'Somebody shut the server or this connection down: run the same command again, it goes on where it was.',
}

/** Null where nobody knows better than the server's own message. */
export function remedyOf(sqlstate: string | null): string | null {
  return sqlstate === null ? null : (bySqlstate[sqlstate] ?? null)
}
