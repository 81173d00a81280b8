/**
 * A NIC's offloads: what it would do to packets after the kernel, or lets the kernel do before it: put checksums in,
 * cut and merge segments. Where frames are judged octet by octet, they must be off.
 * Source: ethtool(8), the kernel's include/uapi/linux/ethtool.h.
 */
import { constants } from 'node:os'
import { libc, SystemError } from './libc.ts'
import type { NamespaceName } from './namespace.ts'
import { IFNAMSIZ, interfaceRequest, PacketSocket } from './packet-socket.ts'

const SIOCETHTOOL = 0x8946
/** ETHTOOL_SGSO and its like: each takes 0 for off. */
const SWITCHES = { tso: 0x1f, ufo: 0x22, gso: 0x24, gro: 0x2c, txChecksums: 0x17, rxChecksums: 0x15 }
const ETHTOOL_GFLAGS = 0x25
const ETHTOOL_SFLAGS = 0x26
const FLAG_LRO = 1 << 15

/** What a NIC does not have, or cannot turn off, is left. @throws {SystemError} ENODEV, EPERM */
export function turnOffloadsOff(namespace: NamespaceName, interfaceName: string): void {
  const socket = PacketSocket.open(namespace)
  try {
    for (const command of Object.values(SWITCHES)) ask(socket, interfaceName, command, 0)
    const flags = ask(socket, interfaceName, ETHTOOL_GFLAGS, 0)
    if ((flags & FLAG_LRO) !== 0) ask(socket, interfaceName, ETHTOOL_SFLAGS, flags & ~FLAG_LRO)
  } finally {
    socket.close()
  }
}

/** Returns the value after the command; 0 where the NIC does not know it. */
function ask(socket: PacketSocket, interfaceName: string, command: number, value: number): number {
  const parameters = Buffer.alloc(8) // struct ethtool_value
  parameters.writeUInt32LE(command, 0)
  parameters.writeUInt32LE(value, 4)
  const request = interfaceRequest(interfaceName)
  request.writeBigUInt64LE(libc().addressOf(parameters), IFNAMSIZ)
  if (libc().ioctl(socket.fd, SIOCETHTOOL, request) >= 0) return parameters.readUInt32LE(4)
  const errno = libc().errno()
  const { EOPNOTSUPP, EINVAL } = constants.errno
  if (errno === EOPNOTSUPP || errno === EINVAL) return 0
  throw new SystemError('SIOCETHTOOL', errno, interfaceName)
}
