/** The reports of lint by name; apart from what renders them, which is loaded when it is called. */

export const lintFormats = ['pretty', 'json', 'github', 'sarif', 'gitlab', 'junit', 'markdown'] as const

export type LintFormat = (typeof lintFormats)[number]

/** `--report FORMAT=FILE`. */
export interface ReportFile {
  readonly format: LintFormat
  readonly path: string
}

/** Null: it does not say a format and a file. */
export function reportFile(written: string): ReportFile | null {
  const [name, ...path] = written.split('=')
  const format = lintFormats.find((one) => one === name)
  return format === undefined || path.join('=') === '' ? null : { format, path: path.join('=') }
}
