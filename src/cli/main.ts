/**
 * The command line. This file names the commands and their options; each command's work is in a file of its own, loaded
 * when it is called, so that `lint` starts without a database driver.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { defineBluegreen } from './define-bluegreen.ts'
import { durationMs } from './duration-ms.ts'
import { exitCode, type ExitCode } from './exit-code.ts'
import { lintFormats, reportFile, type ReportFile } from './lint-format.ts'
import { packageFolder } from './package-folder.ts'
import { propertyOf } from './property-of.ts'
import { processTerminal } from './terminal.ts'

const terminal = processTerminal()

/** Options that several commands share, spelled once. */
const databaseUrl = (what = 'the database, else the PG* variables of libpq') =>
  new Option('--database-url <url>', what).env('DATABASE_URL')
const formats = () => new Option('--format <format>', 'report').choices(['pretty', 'json']).default('pretty')
const maxWait = () =>
  new Option(
    '--max-wait <seconds>',
    'how long a step may wait for its lock in all (default: 1800)',
  ).argParser(positiveNumber)
const pacing = (flags: string, what: string) => new Option(flags, what).argParser(positiveNumber)
const terminateBlockers = () =>
  new Option(
    '--terminate-blockers <older-than=duration>',
    'end a session that stands in our way with a transaction older than this, as in older-than=10min; without it, none is',
  ).argParser(olderThan)
const logFormat = () =>
  new Option('--log-format <format>', 'progress on stderr: for a person, or one JSON value a line')
    .choices(['pretty', 'json'])
    .default('pretty')
const metricsFile = () =>
  new Option('--metrics-file <file>', 'keep figures for Prometheus in this file while it runs')
const configFile = () => new Option('-c, --config <file>', 'config file')
const layout = () =>
  new Option(
    '--layout <name>',
    'whose files they are, where it cannot be told: atlas, dbmate, diesel, drizzle, flyway, golang-migrate, goose, graphile-migrate, ory, prisma, sqlx, supabase, or up-down, plain',
  )
const through = () =>
  new Option('--through <version>', 'migrations up to this version are applied; the later ones are pending')
const applied = () =>
  new Option('--applied <file>', 'a text file with the applied versions, one a line').conflicts('through')
const shadowUrl = () =>
  new Option(
    '--shadow-url <url>',
    'a server to prove on, in databases of our own, in place of an embedded one',
  )
const rows = () =>
  new Option('--rows <file>', 'SQL that fills the base schema for the proof, in place of generated rows')

function program(): Command {
  const description: unknown = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'))
  const root = new Command('migrate')
    .description('Zero-downtime PostgreSQL migrations from ordinary SQL.')
    .version(String(propertyOf(description, 'version')))
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      '\nExit codes: 0 clean or done, 1 findings or a step that failed, 2 misuse or trouble.',
    )
  defineLint(root)
  defineCatalog(root)
  definePlan(root)
  defineRun(root)
  defineAsk(root)
  defineTrace(root)
  defineBluegreen(root, terminal, end)
  defineOther(root)
  return root
}

function reportFiles(written: string, before: readonly ReportFile[] | undefined): readonly ReportFile[] {
  const file = reportFile(written)
  if (file !== null) return [...(before ?? []), file]
  throw new InvalidArgumentError(`It takes FORMAT=FILE, with one of ${lintFormats.join(', ')}.`)
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= 0) return value
  throw new InvalidArgumentError('It takes a whole number from 0 on.')
}

function positiveNumber(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('It takes a number above 0.')
}

function positiveInteger(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new InvalidArgumentError('It takes a whole number above 0.')
}

/** Milliseconds. */
function olderThan(text: string): number {
  const [name, duration, ...more] = text.split('=')
  const ms = name === 'older-than' && more.length === 0 ? durationMs(duration ?? '') : null
  if (ms !== null) return ms
  throw new InvalidArgumentError('It takes older-than=DURATION, with ms, s, min or h: older-than=10min.')
}

function example(text: string): string {
  return `\nExample:\n  $ ${text}`
}

function defineLint(root: Command): void {
  root
    .command('lint')
    .description('Say which statements would stall, fail or break the running application, and what to do.')
    .argument(
      '[paths...]',
      'folders of migrations, or files: what comes before a file in its folder is its context',
    )
    .addOption(new Option('--format <format>', 'report on stdout').choices(lintFormats).default('pretty'))
    .addOption(
      new Option('--report <format=file>', 'write this report as well; again for another').argParser(
        reportFiles,
      ),
    )
    .addOption(
      new Option('--fail-on <severity>', 'exit 1 from this severity')
        .choices(['error', 'warning', 'info'])
        .default('error'),
    )
    .addOption(
      new Option('--max-warnings <count>', 'exit 1 from one warning more than this').argParser(wholeNumber),
    )
    .option('--baseline <file>', 'show what is in this file, and do not count it')
    .addOption(
      new Option('--write-baseline <file>', 'write all findings into such a file').conflicts('baseline'),
    )
    .addOption(
      new Option('--since <revision>', 'report files that differ from where HEAD left it; all are read'),
    )
    .addOption(
      new Option('--changed', 'report files that differ from the last commit; all are read').conflicts(
        'since',
      ),
    )
    .addOption(
      new Option(
        '--schema <file>',
        'SQL that makes the schema the first migration meets (a schema-only pg_dump)',
      ).conflicts(['catalog', 'databaseUrl']),
    )
    .addOption(
      new Option(
        '--catalog <file>',
        'what migrate catalog wrote of the database: what is pending there is linted',
      ).conflicts('databaseUrl'),
    )
    .option(
      '--database-url [url]',
      'the same from the database itself, read and not written; without a URL, from DATABASE_URL or the PG* variables',
    )
    .addOption(through())
    .addOption(applied())
    .addOption(layout())
    .addOption(configFile())
    .addHelpText('after', example('migrate lint migrations --format json'))
    .action(async (paths: string[], options) => {
      // The parser compiles on another thread while the rules are loaded.
      const [{ lint }] = await Promise.all([
        import('./lint.ts'),
        import('../sql/parser.ts').then(({ loadParser }) => loadParser()),
      ])
      end(await lint(paths, options, terminal))
    })
}

function defineCatalog(root: Command): void {
  root
    .command('catalog')
    .description(
      'Write what lint wants to know of a database: definitions, sizes, applied versions; no rows, roles or hosts.',
    )
    .option('-o, --out <file>', 'where to write it (default: stdout)')
    .addOption(databaseUrl())
    .addOption(layout())
    .addOption(configFile())
    .addHelpText(
      'after',
      example('migrate catalog --database-url postgres://localhost/app --out catalog.json'),
    )
    .action(async (options) => end(await (await import('./catalog.ts')).catalog(options, terminal)))
}

function definePlan(root: Command): void {
  root
    .command('plan')
    .description(
      'Rewrite pending migrations into steps that nobody waits for, and prove the plan on a shadow server.',
    )
    .argument(
      '[paths...]',
      'the folder of migrations, or the folders of one history in their order, or files of it',
    )
    .addOption(
      new Option('--format <format>', 'print the plan so and write no file; with --out, write it so').choices(
        ['json', 'sql', 'markdown'],
      ),
    )
    .addOption(
      new Option(
        '--emit <tool>',
        'write the plan as migrations of another runner, a folder for each phase, into --out (default: plans/ID-TOOL)',
      )
        .choices(['ory', 'golang-migrate', 'goose', 'dbmate', 'flyway', 'sql'])
        .conflicts('format'),
    )
    .option('-o, --out <path>', 'where to write the plan (default: plans/ID.json)')
    .option('--id <id>', "the plan's name (default: from the folder and the last version)")
    .addOption(through())
    .addOption(applied())
    .addOption(
      databaseUrl(
        'the database that the plan is for, read and not written; else the PG* variables; else files alone',
      ),
    )
    .option('--server-version <major>', 'the PostgreSQL major the plan is for')
    .option('--no-proof', 'do not prove it: no shadow server, no fingerprints; apply will want --unproved')
    .addOption(shadowUrl())
    .addOption(rows())
    .addOption(new Option('--each', 'one plan for each pending migration').conflicts(['out', 'id', 'format']))
    .addOption(
      new Option(
        '--explain-order',
        'say why each step stands where it stands, as text or, with --format json, as JSON; prove and write nothing',
      ).conflicts(['out', 'emit', 'each']),
    )
    .addOption(layout())
    .addOption(configFile())
    .addHelpText('after', example('migrate plan migrations/1.x --through 20190601000000'))
    .action(async (paths: string[], options) =>
      end(await (await import('./plan.ts')).plan(paths, options, terminal)),
    )

  root
    .command('prove')
    .description('Prove a plan again: the same schema and rows as the migrations it was made from.')
    .argument('<plan>', 'plan file')
    .addOption(formats())
    .addOption(shadowUrl())
    .addOption(rows())
    .option('--record', 'write what the proof has shown into the plan, so that apply takes it')
    .addOption(configFile())
    .addHelpText('after', example('migrate prove plans/1.x.json'))
    .action(async (path: string, options) =>
      end(await (await import('./prove.ts')).prove(path, options, terminal)),
    )
}

function defineRun(root: Command): void {
  root
    .command('apply')
    .description('Run a plan up to its first closed gate; run again after a crash, it goes on where it was.')
    .argument('<plan>', 'plan file')
    .addOption(
      new Option('--phase <phase>', 'go to the end of this phase, through the gates on the way')
        .choices(['expand', 'backfill', 'contract'])
        .conflicts('confirm'),
    )
    .addOption(
      new Option(
        '--confirm <gate>',
        'open a gate, for what it waits for is true; again for another',
      ).argParser((gate: string, before: readonly string[] | undefined) => [...(before ?? []), gate]),
    )
    .addOption(
      new Option('--through-gates', 'open every gate: for tests and demonstrations').conflicts([
        'phase',
        'confirm',
      ]),
    )
    .option('--unproved', 'run a plan that no shadow has proved')
    .option('--supersede', 'take the place of an open plan whose rollback could go no further')
    .addOption(maxWait())
    .addOption(terminateBlockers())
    .addOption(pacing('--max-replica-lag <seconds>', 'pause a backfill while a standby is further behind'))
    .addOption(pacing('--max-wal-rate <megabytes>', 'pause it while the server writes more WAL a second'))
    .addOption(pacing('--max-dead-rows <rows>', 'pause it while its table has more dead rows'))
    .option('--probe <sql>', 'pause a backfill while this query of yours takes longer than --max-probe')
    .addOption(pacing('--max-probe <milliseconds>', 'how long the probe may take (default: 100)'))
    .addOption(logFormat())
    .addOption(metricsFile())
    .addOption(formats())
    .addOption(databaseUrl())
    .addOption(configFile())
    .addHelpText('after', example('migrate apply plans/1.x.json --database-url postgres://localhost/app'))
    .action(async (path: string, options) =>
      end(await (await import('./apply.ts')).apply(path, options, terminal)),
    )

  root
    .command('rollback')
    .description('Undo the applied steps of a plan, last first, down to the first that cannot be undone.')
    .argument('<plan>', 'plan file')
    .option('--lose-data', 'also undo steps whose columns hold rows that the new application wrote')
    .addOption(maxWait())
    .addOption(terminateBlockers())
    .addOption(logFormat())
    .addOption(metricsFile())
    .addOption(formats())
    .addOption(databaseUrl())
    .addOption(configFile())
    .addHelpText('after', example('migrate rollback plans/1.x.json'))
    .action(async (path: string, options) =>
      end(await (await import('./rollback.ts')).rollback(path, options, terminal)),
    )
}

function defineAsk(root: Command): void {
  root
    .command('verify')
    .description('Ask a database, not its journal, whether all that an applied plan brought is there.')
    .argument('<plan>', 'plan file')
    .addOption(formats())
    .addOption(databaseUrl())
    .addHelpText('after', example('migrate verify plans/1.x.json --database-url postgres://localhost/app'))
    .action(async (path: string, options) =>
      end(await (await import('./verify.ts')).verify(path, options, terminal)),
    )

  root
    .command('status')
    .description(
      'What the journal and the database say: plans, steps, who runs, what an interrupted run left.',
    )
    .addOption(formats())
    .addOption(databaseUrl())
    .addHelpText('after', example('migrate status --database-url postgres://localhost/app'))
    .action(async (options) => end(await (await import('./status.ts')).status(options, terminal)))

  root
    .command('repair')
    .description(
      'Say what interrupted runs left, ours and other tools’: INVALID indexes, unvalidated constraints, triggers; and mend it.',
    )
    .argument('[objects...]', 'what to mend, as it is called there; without one, nothing is changed')
    .option('--all', 'mend whatever can be')
    .addOption(maxWait())
    .addOption(terminateBlockers())
    .addOption(logFormat())
    .addOption(formats())
    .addOption(databaseUrl())
    .addHelpText('after', example('migrate repair public.orders_total_idx'))
    .action(async (objects: string[], options) =>
      end(await (await import('./repair.ts')).repair(objects, options, terminal)),
    )

  root
    .command('audit')
    .description(
      'What was asked of a database: by whom, from where, with which plan, when, and how it ended.',
    )
    .addOption(formats())
    .addOption(databaseUrl())
    .addHelpText('after', example('migrate audit --database-url postgres://localhost/app'))
    .action(async (options) => end(await (await import('./audit.ts')).audit(options, terminal)))
}

function defineTrace(root: Command): void {
  root
    .command('trace')
    .description(
      'Run migrations, or a plan, on a shadow server: the locks, rewrites, scans and index builds that really happen, beside what is predicted.',
    )
    .argument('[paths...]', 'folders of one history in their order, or files of it; or one plan file')
    .addOption(formats())
    .addOption(through())
    .addOption(applied())
    .option('--rows <count>', 'rows to generate for each table', positiveInteger, 200)
    .option('--major <major>', 'the PostgreSQL major to run on (default: the one installed)', positiveInteger)
    .addOption(
      new Option(
        '--shadow-url <url>',
        'a server to run on, in databases of our own, in place of an embedded one',
      ),
    )
    .addOption(layout())
    .addOption(configFile())
    .addHelpText('after', example('migrate trace migrations/1.x --through 20190617000200'))
    .action(async (paths: string[], options) =>
      end(await (await import('./trace.ts')).trace(paths, options, terminal)),
    )
}

function defineOther(root: Command): void {
  root
    .command('explain')
    .description("Show a rule's page: what, why, what to do instead, with executed examples.")
    .argument('[rule]', 'rule id; without one, all rules')
    .addOption(formats())
    .addHelpText('after', example('migrate explain create-index-blocking'))
    .action(async (rule: string | undefined, options) =>
      end((await import('./explain.ts')).explain(rule ?? null, options, terminal)),
    )

  root
    .command('demo')
    .description(
      'Upgrade an OAuth schema under load on an embedded server: stock, stock with retries, and our plan.',
    )
    .addOption(
      new Option('--to <version>', 'what to upgrade to: 1.x from 1.0, or 2.x from the last 1.x')
        .choices(['1.x', '2.x'])
        .default('1.x'),
    )
    .option('--rows <count>', 'access tokens to load', '50000')
    .option('--rate <count>', 'transactions a second', '600')
    .option('--out <file>', 'where to write the figures as JSON')
    .addHelpText('after', example('migrate demo --to 2.x --rows 50000'))
    .action(async (options) => end(await (await import('./demo.ts')).demo(options, terminal)))
}

function end(code: ExitCode): void {
  process.exitCode = code
}

/** A server or a file system that fails where nobody reckoned with it is trouble; anything else that is thrown is a bug. */
function describeThrown(error: unknown): string {
  if (!(error instanceof Error)) return `${String(error)}\n${reportIt}`
  if (error.name === 'DatabaseError') return `error database-error: The database answered: ${error.message}`
  if (typeof propertyOf(error, 'syscall') === 'string') return `error file-error: ${error.message}`
  return `${error.stack ?? error.message}\n${reportIt}`
}

const reportIt = 'This is a bug in lockstep. Please report it with the lines above.'

async function run(): Promise<void> {
  try {
    await program().parseAsync(process.argv)
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version end in an "error" with exit code 0; everything else of commander's is misuse.
      end(error.exitCode === 0 ? exitCode.done : exitCode.trouble)
      return
    }
    terminal.err(`${describeThrown(error)}\n`)
    end(exitCode.trouble)
  }
}

await run()
