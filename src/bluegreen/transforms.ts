/** What the file says becomes of blue's tables on green, and of green's on the way back, with the tables where they stand. */
import type { Session } from '../database/session.ts'
import type { BluegreenFile } from '../model/bluegreen.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { computeSql, forEachKey, keysSql, refillSql, type Derivation } from './derived-sql.ts'
import { functionSql } from './function-sql.ts'
import { asideSchema, ourSchema, triggerPrefix } from './names.ts'
import type { Placed } from './placed.ts'
import { readShapes, type TableShape } from './table-shape.ts'

/** Forward: sources are landing tables, at blue's names. */
export function forwardDerivations(
  file: BluegreenFile,
  placed: ReadonlyMap<string, Placed>,
): readonly Derivation[] {
  return file.targets.map((derived, index) => {
    const place = placed.get(derived.table)
    if (place === undefined) throw new Error(`${derived.table} has not been looked for on green`)
    return {
      derived,
      number: index + 1,
      relation: place.relation,
      shape: place.shape,
      searchPath: [...file.schemas],
      from: derived.from ?? derived.sources[0]?.table ?? '',
    }
  })
}

/** The way back, as green works it out: sources are green's own tables, wherever they stand. */
export async function backDerivations(blue: Session, file: BluegreenFile): Promise<readonly Derivation[]> {
  const shapes = new Map((await readShapes(blue, file.schemas)).map((shape) => [shape.table, shape]))
  return (file.back ?? []).map((derived, index) => {
    const shape = shapes.get(derived.table)
    if (shape === undefined) throw new Error(`${derived.table} has not been looked for on blue`)
    return {
      derived,
      // After those of the way there.
      number: file.targets.length + index + 1,
      relation: shape.table,
      shape,
      searchPath: [asideSchema, ...file.schemas],
      from: derived.from ?? bareName(derived.sources[0]?.table ?? ''),
    }
  })
}

/** Without its schema: found aside, or at home. */
function bareName(table: string): string {
  return table.slice(lastDot(table) + 1)
}

function lastDot(table: string): number {
  let quoted = false
  for (let index = table.length - 1; index >= 0; index -= 1) {
    if (table[index] === '"') quoted = !quoted
    if (table[index] === '.' && !quoted) return index
  }
  return -1
}

/** Functions of all targets, and a trigger on each landing table that calls those it is a source of. */
export function landingTriggersSql(
  file: BluegreenFile,
  derivations: readonly Derivation[],
  landed: readonly TableShape[],
): string {
  const functions = derivations.flatMap((derivation) => [
    ...derivation.derived.sources.map(({ table }, source) => keysSql(derivation, source, table)),
    computeSql(derivation, file.poison),
    refillSql(derivation),
  ])
  const triggers = landed.map(({ table }, index) => {
    const reached = derivations.flatMap((derivation) =>
      derivation.derived.sources.flatMap((source, place) =>
        source.table === table ? [{ derivation, place }] : [],
      ),
    )
    const loops = reached.map(({ derivation, place }) =>
      forEachKey(derivation, place, `${ourSchema}.compute_${derivation.number}`),
    )
    const refills = reached.map(({ derivation }) => `  PERFORM ${ourSchema}.refill_${derivation.number}();`)
    return `${rowTriggerSql({ name: `land_${index + 1}`, trigger: 'land', table, loops })}
${functionSql({
  name: `land_truncated_${index + 1}()`,
  returns: 'trigger',
  searchPath: file.schemas,
  body: `BEGIN\n${refills.join('\n')}\n  RETURN NULL;\nEND`,
})}
${triggerSql('land_truncated', table, `AFTER TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION ${ourSchema}.land_truncated_${index + 1}()`)}
ALTER TABLE ${table} ENABLE REPLICA TRIGGER ${quoteIdentifier(`${triggerPrefix}land`)};
ALTER TABLE ${table} ENABLE REPLICA TRIGGER ${quoteIdentifier(`${triggerPrefix}land_truncated`)};`
  })
  return [...functions, ...triggers].join('\n')
}

export function rowTriggerSql(wanted: {
  readonly name: string
  readonly trigger: string
  readonly table: string
  readonly loops: readonly string[]
}): string {
  const body = `DECLARE\n  k record;\nBEGIN\n${wanted.loops.join('\n')}\n  RETURN NULL;\nEND`
  return `${functionSql({ name: `${wanted.name}()`, returns: 'trigger', body, searchPath: ['pg_catalog'] })}
${triggerSql(wanted.trigger, wanted.table, `AFTER INSERT OR UPDATE OR DELETE ON ${wanted.table} FOR EACH ROW EXECUTE FUNCTION ${ourSchema}.${wanted.name}()`)}`
}

function triggerSql(name: string, table: string, rest: string): string {
  const trigger = quoteIdentifier(`${triggerPrefix}${name}`)
  return `DROP TRIGGER IF EXISTS ${trigger} ON ${table}; CREATE TRIGGER ${trigger} ${rest};`
}

/** Columns of green that a table replicated to its own name is given for each row that arrives. */
export function fillTriggersSql(file: BluegreenFile, placed: ReadonlyMap<string, Placed>): string {
  return Object.entries(file.fill)
    .map(([table, columns], index) => {
      const relation = placed.get(table)?.relation ?? table
      const assignments = Object.entries(columns).map(
        ([column, expression]) => `  NEW.${quoteIdentifier(column)} := (${expression});`,
      )
      const name = `fill_${index + 1}`
      const trigger = quoteIdentifier(`${triggerPrefix}fill`)
      return `${functionSql({
        name: `${name}()`,
        returns: 'trigger',
        searchPath: [asideSchema, ...file.schemas],
        body: `BEGIN\n${assignments.join('\n')}\n  RETURN NEW;\nEND`,
      })}
${triggerSql('fill', relation, `BEFORE INSERT OR UPDATE ON ${relation} FOR EACH ROW EXECUTE FUNCTION ${ourSchema}.${name}()`)}
ALTER TABLE ${relation} ENABLE REPLICA TRIGGER ${trigger};`
    })
    .join('\n')
}
