/**
 * Ends a server whose owner is gone. A shell waits on a pipe that only our process holds open: it closes when we end,
 * whatever ends us, SIGKILL too. So no signal handler is needed, and nobody's exit code or Ctrl-C is touched.
 */
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'

/**
 * $1 is the server's home. postmaster.pid begins with the postmaster's process id, a negative one while initdb is at
 * work: that ends by itself when its directory goes. SIGQUIT is an immediate shutdown, without a last checkpoint:
 * https://www.postgresql.org/docs/current/server-shutdown.html
 */
const script = `
cat > /dev/null
pid=
{ read -r pid < "$1/data/postmaster.pid"; } 2> /dev/null
case "$pid" in
  '' | -*) ;;
  *) kill -QUIT "$pid" 2> /dev/null
     tries=0
     while kill -0 "$pid" 2> /dev/null && [ "$tries" -lt 100 ]; do tries=$((tries + 1)); sleep 0.1; done
     kill -KILL "$pid" 2> /dev/null ;;
esac
tries=0
while [ -e "$1" ] && [ "$tries" -lt 50 ]; do rm -rf "$1"; tries=$((tries + 1)); [ -e "$1" ] && sleep 0.1; done
`

/** Watches over `home` until the returned function is called. */
export function guard(home: string, killServer: () => void): () => void {
  return process.platform === 'win32' ? guardAtExit(home, killServer) : guardByShell(home)
}

function guardByShell(home: string): () => void {
  const shell = spawn('/bin/sh', ['-c', script, 'lockstep-watchdog', home], {
    // In a session of its own: the Ctrl-C that ends us must not end it before its work.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  })
  // Without /bin/sh there is no watchdog; `stop` works all the same.
  shell.on('error', () => undefined)
  shell.stdin.on('error', () => undefined)
  shell.unref()
  return () => {
    shell.stdin.end()
  }
}

/** Windows has no such shell. This covers every end but a killed process. */
function guardAtExit(home: string, killServer: () => void): () => void {
  const atExit = (): void => {
    killServer()
    rmSync(home, { recursive: true, force: true, maxRetries: 10 })
  }
  process.once('exit', atExit)
  return () => {
    process.off('exit', atExit)
  }
}
