/** The sequence that numbers a column goes over to the copy of the column (BB-8), and goes on where it is. */
import { sequencesOf } from '../../catalog/sequences.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import type { TableSnapshot } from '../../model/catalog.ts'
import { quoteIdentifier, quoteLiteral } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { generated } from '../../sql/edit.ts'
import {
  noDependents,
  joinedDependents,
  type CopiedColumn,
  type CopiedDependents,
} from './copied-dependents.ts'
import { lockstepName } from './lockstep-name.ts'
import { sequenceObject } from './objects.ts'

export function copiedSequences(column: CopiedColumn, catalog: Catalog): CopiedDependents {
  const { table, from } = column
  return sequencesOf(catalog, table, from.name)
    .map(({ name, identity }) => (identity ? copiedIdentity(column, name) : ownedSequence(column, name)))
    .reduce(joinedDependents, noDependents)
}

/** Else it would go with the column. Other columns may take their numbers from it, too. */
function ownedSequence({ table, copy }: CopiedColumn, sequence: QualifiedName): CopiedDependents {
  const owned = (column: string): string =>
    generated(
      `ALTER SEQUENCE ${formatRelation(sequence)} OWNED BY ${formatRelation(table)}.${quoteIdentifier(column)}`,
    )
  return {
    ...noDependents,
    ahead: [owned(copy)],
    giveBack: (aside) => [owned(aside)],
    named: [sequenceObject(sequence)],
  }
}

/** The sequence of an identity column belongs to that column for ever: the copy gets one that goes on from there. */
function copiedIdentity({ table, from, copy }: CopiedColumn, sequence: QualifiedName): CopiedDependents {
  const temporary = { schema: sequence.schema, name: lockstepName('new', sequence.name) }
  const rename = generated(
    `ALTER SEQUENCE ${formatRelation(temporary)} RENAME TO ${quoteIdentifier(sequence.name)}`,
  )
  const drop = (column: string): string =>
    generated(`ALTER TABLE ${formatRelation(table)} ALTER COLUMN ${quoteIdentifier(column)} DROP IDENTITY`)
  return {
    ...noDependents,
    ahead: [carryIdentitySql(table, { from: from.name, to: copy, temporary })],
    release: (aside) => [drop(aside)],
    adopt: [rename],
    giveBack: (aside) => [
      carryIdentitySql(table, { from: from.name, to: aside, temporary }),
      drop(from.name),
      rename,
    ],
    named: [sequenceObject(sequence)],
  }
}

/**
 * Options, next number, privileges and comment as they are by then. A bound that is the type's own becomes that of the new
 * type, as ALTER COLUMN TYPE does it: https://www.postgresql.org/docs/current/sql-altersequence.html (AS data_type).
 */
function carryIdentitySql(
  table: TableSnapshot,
  { from, to, temporary }: { readonly from: string; readonly to: string; readonly temporary: QualifiedName },
): string {
  const spelled = formatRelation(table)
  const sequence = formatRelation(temporary)
  const alter = `ALTER TABLE ${spelled} ALTER COLUMN ${quoteIdentifier(to)} ADD GENERATED `
  const body = `DECLARE
  old regclass := pg_catalog.pg_get_serial_sequence(${quoteLiteral(spelled)}, ${quoteLiteral(from)});
  s pg_catalog.pg_sequence; kind text; bits integer; last bigint; called boolean; one record;
BEGIN
  SELECT * INTO s FROM pg_catalog.pg_sequence WHERE seqrelid = old;
  SELECT CASE attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END INTO kind FROM pg_catalog.pg_attribute
   WHERE attrelid = ${quoteLiteral(spelled)}::regclass AND attname = ${quoteLiteral(from)};
  bits := CASE s.seqtypid::regtype::text WHEN 'smallint' THEN 15 WHEN 'integer' THEN 31 ELSE 63 END;
  EXECUTE 'SELECT last_value, is_called FROM ' || old::text INTO last, called;
  EXECUTE ${quoteLiteral(alter)} || kind || ' AS IDENTITY (SEQUENCE NAME ' || ${quoteLiteral(sequence)}
    || ' START WITH ' || s.seqstart || ' INCREMENT BY ' || s.seqincrement || ' CACHE ' || s.seqcache
    || CASE WHEN s.seqmin <> -(2::numeric ^ bits) THEN ' MINVALUE ' || s.seqmin ELSE '' END
    || CASE WHEN s.seqmax <> 2::numeric ^ bits - 1 THEN ' MAXVALUE ' || s.seqmax ELSE '' END
    || CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END || ')';
  PERFORM pg_catalog.setval(${quoteLiteral(sequence)}::regclass, last, called);
  EXECUTE ${quoteLiteral(`COMMENT ON SEQUENCE ${sequence} IS `)} || quote_nullable(pg_catalog.obj_description(old, 'pg_class'));
  FOR one IN SELECT a.* FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a WHERE c.oid = old AND a.grantee <> c.relowner LOOP
    EXECUTE 'GRANT ' || one.privilege_type || ${quoteLiteral(` ON SEQUENCE ${sequence} TO `)}
      || CASE WHEN one.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(one.grantee)) END
      || CASE WHEN one.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END;
  END LOOP;
END`
  return generated(`DO ${quoteLiteral(body)}`)
}
