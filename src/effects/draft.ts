/** Collects what PostgreSQL does for one action. Work and locks on tables that nobody else can see count for nothing. */
import type { Catalog } from '../catalog/catalog.ts'
import type { Effect } from '../model/effect.ts'
import type { LockMode } from '../postgres/lock-mode.ts'
import { formatRelation, type RelationName } from '../postgres/relation-name.ts'
import { mergeLocks } from './lock-set.ts'

export interface Draft {
  lock(relation: RelationName, mode: LockMode): void
  rewrite(relation: RelationName): void
  scan(relation: RelationName): void
  /** An index is built on the relation, which reads the heap. */
  build(relation: RelationName): void
  change(relation: RelationName): void
  /** What was not known and so taken for the worse case, as a noun clause. */
  unknown(what: string): void
  /** What another action does that this one runs. */
  include(effect: Effect): void
  /** The relation as effects spell it. */
  nameOf(relation: RelationName): string
  finish(): Effect
}

export function draftEffect(catalog: Catalog): Draft {
  const locks: { relation: string; mode: LockMode }[] = []
  const work = {
    rewrites: new Set<string>(),
    scans: new Set<string>(),
    builds: new Set<string>(),
    changesRows: new Set<string>(),
  }
  const unknowns = new Set<string>()
  const nameOf = (relation: RelationName) => formatRelation(catalog.resolve(relation))
  const add = (names: Set<string>, relation: RelationName) => {
    if (!catalog.isNew(relation)) names.add(nameOf(relation))
  }
  return {
    nameOf,
    lock: (relation, mode) => {
      const { schema, name } = catalog.resolve(relation)
      // IF EXISTS: what is not there is not locked.
      if (catalog.isRelationNameTaken(schema, name) === 'no') return
      if (!catalog.isNew(relation)) locks.push({ relation: nameOf(relation), mode })
    },
    rewrite: (relation) => add(work.rewrites, relation),
    scan: (relation) => add(work.scans, relation),
    build: (relation) => {
      add(work.scans, relation)
      add(work.builds, relation)
    },
    change: (relation) => add(work.changesRows, relation),
    unknown: (what) => unknowns.add(what),
    include: (effect) => {
      locks.push(...effect.locks)
      for (const list of ['rewrites', 'scans', 'builds', 'changesRows'] as const) {
        for (const name of effect[list]) work[list].add(name)
      }
      for (const what of effect.unknowns) unknowns.add(what)
    },
    finish: () => ({
      locks: [...mergeLocks(locks)],
      rewrites: [...work.rewrites].sort(),
      scans: [...work.scans].sort(),
      builds: [...work.builds].sort(),
      changesRows: [...work.changesRows].sort(),
      unknowns: [...unknowns].sort(),
    }),
  }
}
