/** Two servers of a test's own: slots wait for every transaction of a server, and other tests keep some open. */
import { startEmbeddedServer, type EmbeddedServer } from '../../src/database/embedded-server.ts'

export interface TwoServers {
  readonly blue: EmbeddedServer
  readonly green: EmbeddedServer
  stop(): Promise<void>
}

/** `LOCKSTEP_BLUE_BINARIES` and `LOCKSTEP_GREEN_BINARIES` name other majors, as `LOCKSTEP_TEST_BINARIES` does for both. */
export async function startTwoServers(
  binaries: { readonly blue?: string; readonly green?: string } = {},
): Promise<TwoServers> {
  const common = process.env['LOCKSTEP_TEST_BINARIES']
  const of = (side: 'blue' | 'green'): string | undefined =>
    binaries[side] ?? process.env[`LOCKSTEP_${side.toUpperCase()}_BINARIES`] ?? common
  const [blue, green] = await Promise.all([start(of('blue')), start(of('green'))])
  return {
    blue,
    green,
    stop: async () => {
      await green.stop()
      await blue.stop()
    },
  }
}

async function start(binaries: string | undefined): Promise<EmbeddedServer> {
  const started = await startEmbeddedServer({
    settings: {
      wal_level: 'logical',
      max_replication_slots: '20',
      max_wal_senders: '20',
      max_logical_replication_workers: '10',
      max_worker_processes: '16',
      // Applied changes are seen by a restarted worker soon.
      wal_retrieve_retry_interval: '200ms',
    },
    ...(binaries === undefined ? {} : { binaries }),
  })
  if (started.ok) return started.value
  throw new Error(started.problems.map(({ message }) => message).join('\n'))
}
