/** `--since REV` and `--changed`: which files git says have changed. */
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import type { Result } from '../model/problem.ts'
import { failure } from './failure.ts'

/**
 * Absolute paths of the files that differ, in the working tree, from where HEAD left `since`, or else from HEAD; those
 * that git does not know yet are among them, those that are gone are not.
 */
export async function changedFiles(
  since: string | null,
  folder: string,
): Promise<Result<ReadonlySet<string>>> {
  const top = await topOf(folder)
  if (!top.ok) return top
  const base = since === null ? await headOf(top.value) : await mergeBase(since, top.value)
  if (!base.ok) return base
  const differing = base.value === null ? ['ls-files', '-z'] : [...diff, '--end-of-options', base.value, '--']
  const names = [differing, ['ls-files', '-z', '--others', '--exclude-standard']].map((args) =>
    git(args, top.value),
  )
  const paths = new Set<string>()
  for (const answer of await Promise.all(names)) {
    if (!answer.ok) return refused(answer)
    for (const name of answer.out.split('\0')) if (name !== '') paths.add(resolve(top.value, name))
  }
  return { ok: true, value: paths }
}

/** Whatever the user has configured for looking at diffs. */
const diff = [
  'diff',
  '--name-only',
  '-z',
  '--no-renames',
  '--no-ext-diff',
  '--no-relative',
  '--diff-filter=d',
]

/** By the way up rather than by name: the name that git gives has its symbolic links resolved, ours has not. */
async function topOf(folder: string): Promise<Result<string>> {
  const up = await git(['rev-parse', '--show-cdup'], folder)
  if (up.ok) return { ok: true, value: resolve(folder, up.out.trim()) }
  if (up.missing) {
    return failure(
      'git-missing',
      'There is no git to ask what has changed',
      'Install git, or leave the option out.',
    )
  }
  return failure(
    'not-a-repository',
    `git finds no repository to work on here: ${up.err}`,
    'Run it inside of the repository, and in a container as the user who owns it (git config safe.directory).',
  )
}

/** Null: nothing has been committed. */
async function headOf(top: string): Promise<Result<string | null>> {
  const head = await git(['rev-parse', '--verify', '--quiet', 'HEAD'], top)
  return { ok: true, value: head.ok ? head.out.trim() : null }
}

async function mergeBase(since: string, top: string): Promise<Result<string>> {
  const revision = since.startsWith('-')
    ? null
    : await git(['rev-parse', '--verify', '--quiet', `${since}^{commit}`], top)
  if (revision === null || !revision.ok) return unknownRevision(since, await isShallow(top))
  const base = await git(['merge-base', revision.out.trim(), 'HEAD'], top)
  if (base.ok) return { ok: true, value: base.out.trim() }
  return (await isShallow(top))
    ? failure('shallow-clone', `This clone is too shallow to know where HEAD left ${since}`, deepen)
    : failure(
        'no-merge-base',
        `HEAD and ${since} have no commit in common`,
        'Name a revision of this history.',
      )
}

const deepen =
  'Fetch the history first: git fetch --unshallow; fetch-depth: 0 for actions/checkout; GIT_DEPTH: 0 in GitLab.'

function unknownRevision(since: string, shallow: boolean) {
  const message = `git knows no revision ${since}`
  return shallow
    ? failure('unknown-revision', `${message} in this shallow clone`, deepen)
    : failure(
        'unknown-revision',
        message,
        'Name a branch, tag or commit that is here; git fetch brings others.',
      )
}

async function isShallow(top: string): Promise<boolean> {
  const answer = await git(['rev-parse', '--is-shallow-repository'], top)
  return answer.ok && answer.out.trim() === 'true'
}

type Answer =
  | { readonly ok: true; readonly out: string }
  | { readonly ok: false; readonly missing: boolean; readonly err: string }

function git(args: readonly string[], folder: string): Promise<Answer> {
  return new Promise((done) => {
    execFile('git', args, { cwd: folder, maxBuffer: 1 << 28 }, (error, out, err) => {
      if (error === null) done({ ok: true, out })
      else {
        const [line = ''] = err.trim() === '' ? [error.message] : err.trim().split('\n')
        done({ ok: false, missing: error.code === 'ENOENT', err: line })
      }
    })
  })
}

function refused({ err }: Extract<Answer, { ok: false }>) {
  return failure('git-failed', `git cannot say what has changed: ${err}`, null)
}
