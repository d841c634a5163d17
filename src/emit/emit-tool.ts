import type { EmittedFile, NumberedPiece } from './piece.ts'

/** How one runner wants its files. */
export interface EmitTool {
  /** In the README: how files are run, and again after one has failed. */
  readonly advice: string
  /** Without the folder. */
  files(this: void, piece: NumberedPiece): readonly EmittedFile[]
}
