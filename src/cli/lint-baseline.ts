/** `--baseline FILE` and `--write-baseline FILE`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { baselineOf, withBaseline } from '../lint/baseline.ts'
import type { Baseline } from '../model/baseline.ts'
import type { LintReport } from '../model/finding.ts'
import type { Result } from '../model/problem.ts'
import { failure } from './failure.ts'

const isGone = (path: string) => !existsSync(resolve(process.cwd(), path))

/** The report in the light of a baseline that is read, or written from it; as it is where neither is asked for. */
export async function applyBaseline(
  report: LintReport,
  options: { readonly baseline?: string; readonly writeBaseline?: string },
  lineOf: (path: string, line: number) => string,
): Promise<Result<LintReport>> {
  const { baseline, writeBaseline } = options
  if (writeBaseline !== undefined) return written(report, writeBaseline, lineOf)
  if (baseline === undefined) return { ok: true, value: report }
  const read = await readBaseline(baseline)
  return read.ok ? { ok: true, value: withBaseline(report, read.value, isGone) } : read
}

async function written(
  report: LintReport,
  path: string,
  lineOf: (path: string, line: number) => string,
): Promise<Result<LintReport>> {
  const before = existsSync(path) ? await readBaseline(path) : null
  if (before !== null && !before.ok) return before
  const baseline = baselineOf(report, before?.value ?? null, lineOf, isGone)
  try {
    writeFileSync(path, `${JSON.stringify(baseline, null, 2)}\n`)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return failure(
      'file-not-written',
      `The baseline cannot be written: ${reason}`,
      'Name a file that can be.',
    )
  }
  return { ok: true, value: withBaseline(report, baseline, isGone) }
}

async function readBaseline(path: string): Promise<Result<Baseline>> {
  if (!existsSync(path)) {
    const hint = `Write it first: migrate lint --write-baseline ${path}`
    return failure('file-not-found', `There is no baseline ${path}`, hint)
  }
  const hint = 'Write it anew with --write-baseline, or bring back what was there.'
  let raw: unknown
  try {
    raw = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    return failure('baseline-broken', `${path} is not JSON: ${String(error)}`, hint)
  }
  const [{ baseline }, { parseWith }] = await Promise.all([
    import('../model/baseline.ts'),
    import('../model/parse.ts'),
  ])
  return parseWith(baseline, raw, { code: 'baseline-broken', what: `${path} is no baseline`, hint })
}
