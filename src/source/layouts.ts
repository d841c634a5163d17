import type { Layout } from './layout.ts'
import { ory } from './ory.ts'
import { plain } from './plain.ts'
import { upDown } from './up-down.ts'

/** The first that recognizes the files is taken, so the more particular one comes first. */
export const layouts: readonly Layout[] = [ory, upDown, plain]
