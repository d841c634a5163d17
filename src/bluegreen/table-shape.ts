/** What the tables of a side look like: as much as replication, copying and comparing want to know. */
import type { Session } from '../database/session.ts'

export interface ColumnShape {
  readonly name: string
  /** `format_type()`. */
  readonly type: string
  readonly notNull: boolean
  readonly generated: boolean
  readonly hasDefault: boolean
  readonly identityAlways: boolean
}

interface UniqueShape {
  readonly index: string
  readonly columns: readonly string[]
  readonly primary: boolean
}

export interface TableShape {
  /** As `formatRelation` spells it. */
  readonly table: string
  readonly schema: string
  readonly name: string
  readonly kind: 'table' | 'partitioned-table' | 'foreign-table'
  readonly isPartition: boolean
  readonly inherits: boolean
  readonly unlogged: boolean
  /** `pg_class.relreplident`. */
  readonly replicaIdentity: 'd' | 'i' | 'f' | 'n'
  /** By what a changed or deleted row is told; null where nothing tells it. All columns for FULL. */
  readonly identity: readonly string[] | null
  readonly columns: readonly ColumnShape[]
  /** Valid, whole, not deferrable, over NOT NULL columns. */
  readonly uniques: readonly UniqueShape[]
  /** Keys of plain B-tree indexes. */
  readonly indexes: readonly (readonly string[])[]
  /** 8 kB blocks of the heap. */
  readonly pages: number
}

type Row = Omit<TableShape, 'identity' | 'kind'> & {
  readonly kind: string
  readonly identityIndex: readonly string[] | null
}

export async function readShapes(
  session: Session,
  schemas: readonly string[],
): Promise<readonly TableShape[]> {
  const rows = await session.query<Row>(shapeQuery, [schemas])
  return rows.map(({ identityIndex, kind, ...row }) => ({
    ...row,
    kind: kind === 'p' ? 'partitioned-table' : kind === 'f' ? 'foreign-table' : 'table',
    identity: identityOf({ ...row, identityIndex }),
  }))
}

function identityOf({
  replicaIdentity,
  identityIndex,
  uniques,
  columns,
}: Pick<Row, 'replicaIdentity' | 'identityIndex' | 'uniques' | 'columns'>): readonly string[] | null {
  switch (replicaIdentity) {
    case 'd':
      return uniques.find(({ primary }) => primary)?.columns ?? null
    case 'i':
      return identityIndex
    case 'f':
      return columns.map(({ name }) => name)
    case 'n':
      return null
  }
}

const indexColumns = `(SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum WHERE k.place <= i.indnkeyatts)`

const shapeQuery = `
SELECT format('%I.%I', n.nspname, c.relname) AS "table", n.nspname::text AS schema, c.relname::text AS name,
       c.relkind::text AS kind, c.relispartition AS "isPartition",
       NOT c.relispartition AND EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = c.oid) AS inherits,
       c.relpersistence = 'u' AS unlogged, c.relreplident::text AS "replicaIdentity", 
       CASE WHEN c.relkind = 'r' THEN (pg_relation_size(c.oid) / current_setting('block_size')::int)::int ELSE 0 END AS pages,
       (SELECT ${indexColumns} FROM pg_index i WHERE i.indrelid = c.oid AND i.indisreplident) AS "identityIndex",
       coalesce((SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
           'notNull', a.attnotnull, 'generated', a.attgenerated <> '', 'identityAlways', a.attidentity = 'a',
           'hasDefault', a.atthasdef OR a.attidentity <> '') ORDER BY a.attnum)
          FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]') AS columns,
       coalesce((SELECT json_agg(json_build_object('index', x.relname, 'columns', ${indexColumns}, 'primary', i.indisprimary)
           ORDER BY i.indisprimary DESC, x.relname)
          FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
         WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL
           AND i.indexprs IS NULL AND NOT EXISTS (SELECT FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
            WHERE k.place <= i.indnkeyatts AND NOT a.attnotnull)), '[]') AS uniques,
       coalesce((SELECT json_agg(DISTINCT (${indexColumns})::jsonb)
          FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
         WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND m.amname = 'btree'), '[]') AS indexes
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND n.nspname = ANY ($1::text[])
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
 ORDER BY n.nspname, c.relname`
