/**
 * Blue's rows as one snapshot shows them, carried to green by several streams: COPY out of one and into the other, a piece
 * of a heap at a time. Nothing is kept here; a copy that was cut off begins anew.
 */
import type { Session } from '../database/session.ts'
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts'
import type { Pair } from './pair.ts'

export interface CopyTask {
  /** On blue. */
  readonly from: string
  /** On green. */
  readonly to: string
  readonly columns: readonly string[]
  /** 8 kB blocks of its heap; 0: it is not known, or it has none of its own. */
  readonly pages: number
}

const blockBytes = 8192

/** SQL to copy one piece; the last of a table has no upper end. */
interface Piece {
  readonly out: string
  readonly into: string
}

function piecesOf({ from, to, columns, pages }: CopyTask, chunkBytes: number): readonly Piece[] {
  const list = columns.map(quoteIdentifier).join(', ')
  // A table without columns has rows, too; nothing of them can be copied but their number, and nobody has one.
  if (list === '') return []
  const step = Math.max(1, Math.floor(chunkBytes / blockBytes))
  const count = Math.max(1, Math.ceil(pages / step))
  return Array.from({ length: count }, (_, index) => {
    const lower = index === 0 ? [] : [`ctid >= '(${index * step},0)'::tid`]
    const upper = index === count - 1 ? [] : [`ctid < '(${(index + 1) * step},0)'::tid`]
    const bounds = [...lower, ...upper]
    const where = bounds.length === 0 ? '' : ` WHERE ${bounds.join(' AND ')}`
    return {
      out: `COPY (SELECT ${list} FROM ${from}${where}) TO STDOUT`,
      into: `COPY ${to} (${list}) FROM STDIN`,
    }
  })
}

/** Big tables first; each stream takes the next piece that nobody has. Throws what either server says. */
export async function copyTables(pair: Pair, snapshot: string, tasks: readonly CopyTask[]): Promise<void> {
  const queue = tasks
    .toSorted((one, other) => other.pages - one.pages)
    .flatMap((task) => piecesOf(task, pair.file.copy.chunkBytes))
  const streams = Math.min(pair.file.copy.streams, Math.max(1, queue.length))
  const run = async (): Promise<void> => {
    const blue = await pair.open('blue')
    const green = await pair.open('green')
    try {
      await prepare(blue, green, snapshot)
      for (let piece = queue.shift(); piece !== undefined; piece = queue.shift()) {
        await green.copyIn(piece.into, await blue.copyOut(piece.out))
      }
    } catch (error) {
      // The others end after the piece that they have.
      queue.length = 0
      throw error
    } finally {
      await Promise.all([blue.close(), green.close()])
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: streams }, run))
  const first = ended.find((one) => one.status === 'rejected')
  if (first !== undefined) throw first.reason
}

async function prepare(blue: Session, green: Session, snapshot: string): Promise<void> {
  await blue.execute(
    `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT ${quoteLiteral(snapshot)}`,
  )
  await green.execute('SET session_replication_role = replica; SET synchronous_commit = off')
}
