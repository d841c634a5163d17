import { atlas } from './atlas.ts'
import { dbmate } from './dbmate.ts'
import { diesel } from './diesel.ts'
import { drizzle } from './drizzle.ts'
import { flyway } from './flyway.ts'
import { golangMigrate } from './golang-migrate.ts'
import { goose } from './goose.ts'
import { graphileMigrate } from './graphile-migrate.ts'
import type { Layout } from './layout.ts'
import { ory } from './ory.ts'
import { plain } from './plain.ts'
import { prisma } from './prisma.ts'
import { sqlx } from './sqlx.ts'
import { supabase } from './supabase.ts'
import { upDown } from './up-down.ts'

/** Those that one runner's own marks are known by. Files that bear the marks of two are nobody's until one is named. */
export const marked: readonly Layout[] = [
  atlas,
  dbmate,
  diesel,
  drizzle,
  flyway,
  golangMigrate,
  goose,
  graphileMigrate,
  ory,
  prisma,
  sqlx,
  supabase,
]

/** For files without any such mark: the first that recognizes them. */
export const unmarked: readonly Layout[] = [upDown, plain]
