/**
 * Built-in functions that give the same for the same arguments at any time, in any session: pg_proc.provolatile `i` in
 * every overload. Only those that migrations write; what is missing here is taken for one that may change.
 */
export const immutableNames: readonly string[] = [
  'abs',
  'array_append',
  'array_cat',
  'array_prepend',
  'ascii',
  'btrim',
  'ceil',
  'ceiling',
  'chr',
  'decode',
  'encode',
  'floor',
  'initcap',
  'jsonb_set',
  'left',
  'lower',
  'lpad',
  'ltrim',
  'make_date',
  'make_interval',
  'md5',
  'mod',
  'power',
  'regexp_replace',
  'repeat',
  'replace',
  'reverse',
  'right',
  'round',
  'rpad',
  'rtrim',
  'sha256',
  'sha512',
  'split_part',
  'sqrt',
  'string_to_array',
  'substr',
  'substring',
  'to_hex',
  'translate',
  'trunc',
  'upper',
]

const known: ReadonlySet<string> = new Set(immutableNames)

/** `name` as a call writes it, lower case; a function of the user's own schema may bear a built-in's name. */
export function isImmutable(name: string): boolean {
  const builtIn = 'pg_catalog.'
  return known.has(name.startsWith(builtIn) ? name.slice(builtIn.length) : name)
}
