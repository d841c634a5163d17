import { fork, type ChildProcess } from 'node:child_process'
import type { ApplicationName, LoadCommand, LoadFigures, LoadOptions } from '../model/demo.ts'
import type { LoadMessage } from './load-process.ts'

export interface RunningLoad {
  /** Resolves when that many connections are the application's. */
  deploy(application: ApplicationName, connections: number): Promise<void>
  /** Lets transactions under way end, then gives the figures of all. */
  stop(): Promise<LoadFigures>
  kill(): void
}

/** Starts the load (`program`: the built load-process) in its own process; resolves when all its connections stand and transactions are due. */
export async function startLoad(program: string, options: LoadOptions): Promise<RunningLoad> {
  const child = fork(program, [JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  await message(child, 'started')
  return {
    async deploy(application, connections) {
      const deployed = message(child, 'deployed')
      tell(child, { kind: 'deploy', application, connections })
      await deployed
    },
    async stop() {
      const figures = message(child, 'figures')
      tell(child, { kind: 'stop' })
      const { figures: all } = await figures
      return all
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

function tell(child: ChildProcess, command: LoadCommand): void {
  child.send(command)
}

function message<K extends LoadMessage['kind']>(
  child: ChildProcess,
  kind: K,
): Promise<Extract<LoadMessage, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const onMessage = (received: LoadMessage): void => {
      if (!isKind(received, kind)) return
      child.off('exit', onExit)
      child.off('message', onMessage)
      resolve(received)
    }
    const onExit = (code: number | null): void => {
      reject(new Error(`the load ended by itself with exit code ${code}`))
    }
    child.on('message', onMessage)
    child.once('exit', onExit)
  })
}

function isKind<K extends LoadMessage['kind']>(
  received: LoadMessage,
  kind: K,
): received is Extract<LoadMessage, { kind: K }> {
  return received.kind === kind
}
