/**
 * A ProxyCommand, for tests only: `slow-proxy.mjs HOST PORT DELAY_MS PID_FILE` passes octets on, each way so much later.
 * Whoever stops it (SIGSTOP) has a line that is dead and tells nobody.
 */
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'

const [host, port, delayMs, pidFile] = process.argv.slice(2)
writeFileSync(pidFile, String(process.pid))
const socket = connect({ host, port: Number(port), noDelay: true })

function pass(from, to) {
  from.on('data', (octets) => setTimeout(() => to.write(octets), Number(delayMs)))
  from.on('end', () => setTimeout(() => to.end(), Number(delayMs)))
  from.on('error', () => process.exit(1))
}

pass(process.stdin, socket)
pass(socket, process.stdout)
socket.on('close', () => setTimeout(() => process.exit(0), Number(delayMs)))
