/**
 * The only place that prints. Machine output and reports go to stdout, progress and trouble to stderr; color only where
 * a person looks, and never with NO_COLOR (https://no-color.org).
 */
export interface Terminal {
  out(text: string): void
  err(text: string): void
  readonly outColored: boolean
  readonly errColored: boolean
}

export function processTerminal(): Terminal {
  // Whoever read our output has seen enough (`| head`): that is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit()
    throw error
  })
  // Nobody listens to the progress any more; the run goes on, and its exit code says how it ended.
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  const wanted = (process.env['NO_COLOR'] ?? '') === ''
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    outColored: wanted && process.stdout.isTTY,
    errColored: wanted && process.stderr.isTTY,
  }
}
