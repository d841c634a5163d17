/** A line to the server that goes dead at a chosen message: what a crash or a network does, at an exact place. */
import { createServer, connect as dial, type AddressInfo, type Socket } from 'node:net'

export interface Cut {
  /** Counted over all connections, from 1, by what the client sends. */
  readonly message: number
  /** `unsent`: the server never gets it. `unanswered`: it does, and its answer is lost. */
  readonly how: 'unsent' | 'unanswered'
}

export interface CuttingProxy {
  readonly url: string
  /** Messages sent so far. */
  count(): number
  close(): Promise<void>
}

/** With `cut` null it only counts. After the cut every connection is dead, as a dead process's are. */
export async function startCuttingProxy(url: string, cut: Cut | null): Promise<CuttingProxy> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let sent = 0
  let isCut = false
  const cutAll = (): void => {
    isCut = true
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer((client) => {
    if (isCut) {
      client.destroy()
      return
    }
    const upstream = dial(Number(target.port), target.hostname)
    let isLast = false
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (data) => {
      sent++
      if (cut !== null && sent === cut.message) {
        if (cut.how === 'unsent') {
          cutAll()
          return
        }
        isLast = true
      }
      upstream.write(data)
    })
    upstream.on('data', (data) => {
      if (isLast) cutAll()
      else client.write(data)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const proxied = new URL(url)
  proxied.hostname = '127.0.0.1'
  proxied.port = String(portOf(server.address()))
  return {
    url: proxied.href,
    count: () => sent,
    close: async () => {
      cutAll()
      await new Promise((done) => server.close(done))
    },
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return address.port
}
