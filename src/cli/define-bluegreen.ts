/** The commands of a blue-green run, with their options. */
import { Option, type Command } from 'commander'
import type { ExitCode } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

export function defineBluegreen(root: Command, terminal: Terminal, end: (code: ExitCode) => void): void {
  const group = root
    .command('bluegreen')
    .description(
      'Move an application to another database with another schema, no write lost, and back if need be: docs/bluegreen.md.',
    )
  const define = (name: string, description: string): Command =>
    group
      .command(name)
      .description(description)
      .argument('[file]', 'what the run is: JSON, or a module', 'bluegreen.json')
      .addOption(new Option('--blue-url <url>', 'the database that is in use').env('LOCKSTEP_BLUE_URL'))
      .addOption(new Option('--green-url <url>', 'the one to come').env('LOCKSTEP_GREEN_URL'))
      .option('--blue-url-from-green <url>', "blue as green's server reaches it, where that is another way")
      .option('--green-url-from-blue <url>', "green as blue's server reaches it, where that is another way")
      .addOption(new Option('--format <format>', 'report').choices(['pretty', 'json']).default('pretty'))
      .addHelpText('after', `\nExample:\n  $ migrate bluegreen ${name} bluegreen.json`)

  define('start', 'Look at everything, begin to keep changes, and copy to green what is there.').action(
    async (path: string, options) =>
      end(await (await import('./bluegreen-start.ts')).bluegreenStart(path, options, terminal)),
  )
  define('status', 'How far the run is, what WAL is kept for it, and what comes next.').action(
    async (path: string, options) =>
      end(await (await import('./bluegreen-status.ts')).bluegreenStatus(path, options, terminal)),
  )
  define('migrate', "Run green's migrations while blue goes on.")
    .option('--again <version>', 'run this one once more, which was cut off')
    .action(async (path: string, options) =>
      end(await (await import('./bluegreen-migrate.ts')).bluegreenMigrate(path, options, terminal)),
    )
  define('attach', 'Let green follow blue, by what the file says becomes of its tables.').action(
    async (path: string, options) =>
      end(await (await import('./bluegreen-attach.ts')).bluegreenAttach(path, options, terminal)),
  )
  define('verify', 'Compare both sides, row by row, while they are at work.').action(
    async (path: string, options) =>
      end(await (await import('./bluegreen-verify.ts')).bluegreenVerify(path, options, terminal)),
  )
  define('cutover', 'Move writes to green.')
    .option('--unverified', 'although no verification was clean of late')
    .action(async (path: string, options) =>
      end(await (await import('./bluegreen-cutover.ts')).bluegreenCutover(path, options, terminal)),
    )
  define('rollback', 'Move writes back to blue, with all that was written to green.').action(
    async (path: string, options) =>
      end(await (await import('./bluegreen-rollback.ts')).bluegreenRollback(path, options, terminal)),
  )
  define('finish', 'End a run after its cut-over, and leave nothing of it on either side.').action(
    async (path: string, options) =>
      end(await (await import('./bluegreen-finish.ts')).bluegreenFinish(path, options, terminal)),
  )
  define('abort', 'Give a run up before its cut-over, and leave nothing of it on either side.')
    .option('--without-green', 'green is gone: clean blue alone')
    .action(async (path: string, options) =>
      end(await (await import('./bluegreen-abort.ts')).bluegreenAbort(path, options, terminal)),
    )
}
