/** A folder of migrations that somebody else may write to: what is in it must not make us hang, or read elsewhere. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lintReport } from '../../src/model/finding.ts'
import { runMigrate } from './run-migrate.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-hostile-'))
  mkdirSync(join(folder, 'app/migrations'), { recursive: true })
  writeFileSync(at('001_good.sql'), 'CREATE TABLE orders (id bigint PRIMARY KEY);\n')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function at(name: string): string {
  return join(folder, 'app/migrations', name)
}

async function lint(): Promise<{ readonly code: number | null; readonly problems: readonly string[] }> {
  const ended = await runMigrate(['lint', 'migrations', '--format', 'json'], { cwd: join(folder, 'app') })
  const report = lintReport.parse(JSON.parse(ended.stdout))
  expect(report.files.map(({ path }) => path)).toContain('migrations/001_good.sql')
  expect(ended.stdout).not.toContain('secret')
  return {
    code: ended.code,
    problems: report.files.flatMap(({ path, problems }) => problems.map(({ code }) => `${path} ${code}`)),
  }
}

describe('a folder of migrations', () => {
  it('may hold links to files of the working folder', async () => {
    mkdirSync(join(folder, 'app/shared'))
    writeFileSync(join(folder, 'app/shared/two.sql'), 'CREATE TABLE two (id bigint PRIMARY KEY);\n')
    symlinkSync('../shared/two.sql', at('002_two.sql'))
    expect(await lint()).toEqual({ code: 0, problems: [] })
  })

  it('has links that lead out of it refused by name, and nothing of what they lead to shown', async () => {
    writeFileSync(join(folder, 'elsewhere.sql'), 'secret;\n')
    symlinkSync(join(folder, 'elsewhere.sql'), at('002_out.sql'))
    symlinkSync('/dev/zero', at('003_zero.sql'))
    symlinkSync('nowhere.sql', at('004_nowhere.sql'))
    symlinkSync('005_itself.sql', at('005_itself.sql'))
    expect(await lint()).toEqual({
      code: 2,
      problems: [
        'migrations/002_out.sql link-leads-out',
        'migrations/003_zero.sql link-leads-out',
        'migrations/004_nowhere.sql link-leads-nowhere',
        'migrations/005_itself.sql link-leads-nowhere',
      ],
    })
  })

  it.skipIf(process.platform === 'win32')('has pipes refused before they are opened', async () => {
    execFileSync('mkfifo', [at('002_pipe.sql')])
    expect(await lint()).toEqual({ code: 2, problems: ['migrations/002_pipe.sql not-a-file'] })
  })

  it('has a file that is far too large refused without being read', async () => {
    writeFileSync(at('002_huge.sql'), '')
    truncateSync(at('002_huge.sql'), 1024 ** 4)
    expect(await lint()).toEqual({ code: 2, problems: ['migrations/002_huge.sql file-too-large'] })
  })
})

describe('a path that a user names', () => {
  it.each(['/dev/zero', '/dev/stdin'])('%s is refused, not read', async (path) => {
    const ended = await runMigrate(['lint', path], { cwd: join(folder, 'app') })
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain('error ')
  })
})
