/**
 * A line to the server that holds one message at a chosen place of a run and lets somebody act meanwhile. A place is told
 * by the step whose id the runner has last sent as a value, and by the number of the message since then.
 */
import { createServer, connect as dial, type AddressInfo, type Socket } from 'node:net'

/** `before`: the server has not got the message. `during`: it just has. `after`: its answer has not come back yet. */
export type When = 'before' | 'during' | 'after'

export interface Moment {
  readonly step: string
  /** Of the step, from 1, over both of the runner's sessions. */
  readonly message: number
  readonly when: When
}

/** What holds still at the moment. */
export interface Held {
  /** The server process of the session whose message it is. */
  readonly backend: number
  /** Of all of the runner's sessions. */
  readonly backends: readonly number[]
  /** Every connection goes dead, and no new one is made. */
  cut(): void
}

export interface HoldingProxy {
  readonly url: string
  /** Messages that each step has sent so far. */
  counts(): ReadonlyMap<string, number>
  /** True once the moment has come. */
  struck(): boolean
  /** New connections go to another server. */
  retarget(url: string): void
  close(): Promise<void>
}

export interface HoldingProxyOptions {
  readonly steps: readonly string[]
  /** Null: it only counts. */
  readonly moment: Moment | null
  readonly onMoment: (held: Held) => Promise<void>
}

export async function startHoldingProxy(url: string, options: HoldingProxyOptions): Promise<HoldingProxy> {
  const state = { target: new URL(url), isCut: false, struck: false, step: '' }
  const counts = new Map<string, number>()
  const lines = new Set<Line>()
  const cut = (): void => {
    state.isCut = true
    for (const { client, upstream } of lines) {
      client.destroy()
      upstream.destroy()
    }
  }
  const strike = async (line: Line): Promise<void> => {
    state.struck = true
    const backends = [...lines].flatMap(({ backend }) => (backend === 0 ? [] : [backend]))
    await options.onMoment({ backend: line.backend, backends, cut })
  }
  /** Where the message stands in the run, if it belongs to a step. */
  const isMoment = (data: Buffer): boolean => {
    state.step = options.steps.find((step) => sendsValue(data, step)) ?? state.step
    if (state.step === '') return false
    const message = (counts.get(state.step) ?? 0) + 1
    counts.set(state.step, message)
    const { moment } = options
    return !state.struck && moment?.step === state.step && moment.message === message
  }
  const server = createServer((client) => {
    if (state.isCut) {
      client.destroy()
      return
    }
    const upstream = dial(Number(state.target.port), state.target.hostname)
    const line: Line = { client, upstream, backend: 0 }
    lines.add(line)
    for (const socket of [client, upstream]) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        lines.delete(line)
        client.destroy()
        upstream.destroy()
      })
    }
    let holdAnswer = false
    const toServer = inOrder(async (data) => {
      const when = isMoment(data) ? options.moment?.when : undefined
      if (when === 'before') await strike(line)
      holdAnswer = when === 'after'
      upstream.write(data)
      if (when === 'during') await strike(line)
    })
    const toClient = inOrder(async (data) => {
      if (line.backend === 0) line.backend = backendIn(data)
      if (holdAnswer) {
        holdAnswer = false
        await strike(line)
      }
      client.write(data)
    })
    client.on('data', toServer)
    upstream.on('data', toClient)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const proxied = new URL(url)
  proxied.hostname = '127.0.0.1'
  proxied.port = String(portOf(server.address()))
  return {
    url: proxied.href,
    counts: () => counts,
    struck: () => state.struck,
    retarget: (next) => {
      state.target = new URL(next)
    },
    close: async () => {
      cut()
      await new Promise((done) => server.close(done))
    },
  }
}

interface Line {
  readonly client: Socket
  readonly upstream: Socket
  /** 0 until the server has said it. */
  backend: number
}

/** Takes one piece after the other, however long one is held. */
function inOrder(take: (data: Buffer) => Promise<void>): (data: Buffer) => void {
  let last = Promise.resolve()
  return (data) => {
    last = last.then(() => take(data))
  }
}

/** As a value of a Bind message: its length in four bytes, and then itself. The plan's whole text holds it without. */
function sendsValue(data: Buffer, text: string): boolean {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeInt32BE(bytes.length)
  return data.includes(Buffer.concat([length, bytes]))
}

/** BackendKeyData: https://www.postgresql.org/docs/current/protocol-message-formats.html; 0 where it is not among these. */
function backendIn(data: Buffer): number {
  for (let at = 0; at + 5 <= data.length; at += 1 + data.readUInt32BE(at + 1)) {
    if (data[at] === 'K'.charCodeAt(0) && at + 9 <= data.length) return data.readInt32BE(at + 5)
  }
  return 0
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return address.port
}
