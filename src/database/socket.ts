/**
 * The road to the server: TCP or a Unix socket, with TLS where asked for. Opened here and not by postgres.js, because
 * a session must be one connection: given a finished socket, the driver cannot reconnect behind our back, and each way
 * of failing keeps its own name.
 */
import { readFileSync } from 'node:fs'
import net from 'node:net'
import tls from 'node:tls'
import type { ConnectionTarget } from './connection-target.ts'

class SocketError extends Error {
  override readonly name = 'SocketError'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** Int32 length 8, Int32 80877103: https://www.postgresql.org/docs/current/protocol-message-formats.html (SSLRequest). */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

/** Rejects with a Node system error, a TLS error or a `SocketError`. The socket is ready for the startup message. */
export async function openSocket(target: ConnectionTarget, timeoutMs: number): Promise<net.Socket> {
  const socket = new net.Socket()
  // Between two owners of the socket there is a moment in which nobody listens, and an error would end the process.
  socket.on('error', () => undefined)
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    socket.destroy()
  }, timeoutMs)
  try {
    return await open(socket, target)
  } catch (error) {
    socket.destroy()
    if (timedOut) throw new SocketError('timeout', 'no answer in time')
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function open(socket: net.Socket, target: ConnectionTarget): Promise<net.Socket> {
  await settled(socket, 'connect', () => {
    if (target.socketPath === null) socket.connect(target.port, target.host)
    else socket.connect(target.socketPath)
  })
  socket.setNoDelay(true)
  socket.setKeepAlive(true, 30_000)
  // The same rule as libpq's: a Unix socket is never encrypted.
  if (target.tls === 'disable' || target.socketPath !== null) return socket
  const answer = await askForTls(socket)
  if (answer === 'S') return await encrypt(socket, target)
  if (answer !== 'N') throw new SocketError('not-postgresql', 'the answer is not PostgreSQL protocol')
  if (target.tls === 'prefer') return socket
  throw new SocketError('tls-unavailable', 'the server does not offer TLS')
}

async function askForTls(socket: net.Socket): Promise<string> {
  const answer = once(socket)
  socket.write(sslRequest)
  const data = await answer
  // One byte and no more may arrive before the handshake; more would be somebody's injection (CVE-2021-23222).
  return data.length === 1 ? data.toString('latin1') : ''
}

function once(socket: net.Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      socket.off('data', onData).off('error', onError).off('close', onClose)
    }
    const onData = (data: Buffer): void => {
      stop()
      resolve(data)
    }
    const onError = (error: Error): void => {
      stop()
      reject(error)
    }
    const onClose = (): void => {
      stop()
      reject(new SocketError('closed', 'the connection was closed'))
    }
    socket.on('data', onData).on('error', onError).on('close', onClose)
  })
}

async function encrypt(socket: net.Socket, target: ConnectionTarget): Promise<net.Socket> {
  const secured = tls.connect({ socket, ...tlsOptions(target) })
  try {
    await settled(secured, 'secureConnect', () => undefined)
  } catch (error) {
    secured.destroy()
    throw error
  }
  return secured
}

/** https://www.postgresql.org/docs/current/libpq-ssl.html, table 34.1: what each mode checks. */
function tlsOptions(target: ConnectionTarget): tls.ConnectionOptions {
  const ownRoot = target.rootCertificate !== null && target.rootCertificate !== 'system'
  // With a root certificate `require` means `verify-ca`, says libpq, for the sake of old configurations.
  const verifies =
    target.tls === 'verify-ca' || target.tls === 'verify-full' || target.rootCertificate !== null
  const verifiesName = target.tls === 'verify-full' || target.rootCertificate === 'system'
  return {
    ...(net.isIP(target.host) === 0 ? { servername: target.host } : {}),
    host: target.host,
    rejectUnauthorized: verifies,
    ...(verifiesName ? {} : { checkServerIdentity: () => undefined }),
    ...(ownRoot ? { ca: pem(target.rootCertificate) } : {}),
    ...(target.certificate === null ? {} : { cert: pem(target.certificate) }),
    ...(target.key === null ? {} : { key: pem(target.key) }),
  }
}

function pem(path: string | null): string {
  try {
    return readFileSync(path ?? '', 'utf8')
  } catch {
    throw new SocketError('certificate-unreadable', `${path} cannot be read`)
  }
}

/** Resolves on `event`, rejects on an error or an early close; leaves no listener behind. */
function settled(socket: net.Socket, event: 'connect' | 'secureConnect', begin: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      socket.off(event, onDone).off('error', onError).off('close', onClose)
    }
    const onDone = (): void => {
      stop()
      resolve()
    }
    const onError = (error: Error): void => {
      stop()
      reject(error)
    }
    const onClose = (): void => {
      stop()
      reject(new SocketError('closed', 'the connection was closed'))
    }
    socket.on(event, onDone).on('error', onError).on('close', onClose)
    begin()
  })
}
