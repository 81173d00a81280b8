/**
 * TAP devices: opening /dev/net/tun makes the NIC; writing is the VM sending, reading is the VM receiving.
 * Source: the kernel's Documentation/networking/tuntap.rst. One frame a call; no FCS, no header (IFF_NO_PI).
 */
import { constants } from 'node:os'
import { checked, libc, O_CLOEXEC, O_NONBLOCK, O_RDWR, SystemError } from './libc.ts'
import { inNamespace, type NamespaceName } from './namespace.ts'

const TUNSETIFF = 0x400454ca
const TUNSETPERSIST = 0x400454cb
const IFF_TAP = 0x0002
const IFF_NO_PI = 0x1000
const IFNAMSIZ = 16
const SIZEOF_IFREQ = 40
/** The longest frame that a device of any Ethernet MTU hands over. */
const LARGEST_FRAME = 65536 + 18

export class TapDevice {
  readonly name: string
  readonly namespace: NamespaceName
  readonly fd: number
  readonly #inbox = Buffer.alloc(LARGEST_FRAME)
  #open = true

  private constructor(name: string, namespace: NamespaceName, fd: number) {
    this.name = name
    this.namespace = namespace
    this.fd = fd
  }

  /** @throws {SystemError} ENOENT without the device file, EPERM without the right, EBUSY if the NIC is held already */
  static open(name: string, namespace: NamespaceName): TapDevice {
    return inNamespace(namespace, () => {
      const fd = checked(libc().open('/dev/net/tun', O_RDWR | O_NONBLOCK | O_CLOEXEC), 'open', '/dev/net/tun')
      const request = Buffer.alloc(SIZEOF_IFREQ)
      request.write(name, 0, IFNAMSIZ - 1, 'latin1')
      request.writeUInt16LE(IFF_TAP | IFF_NO_PI, IFNAMSIZ)
      if (libc().ioctl(fd, TUNSETIFF, request) < 0) {
        const error = new SystemError('TUNSETIFF', libc().errno(), `TAP device ${name}`)
        libc().close(fd)
        throw error
      }
      return new TapDevice(name, namespace, fd)
    })
  }

  /** The VM sends one frame. @throws {SystemError} EIO while the NIC is down, EINVAL for a runt */
  write(frame: Uint8Array): void {
    checked(libc().write(this.fd, frame, frame.length), 'write', `TAP device ${this.name}`)
  }

  /** The next frame for the VM, valid until the next read; undefined if there is none. */
  read(): Uint8Array | undefined {
    const count = libc().read(this.fd, this.#inbox, LARGEST_FRAME)
    if (count >= 0) return this.#inbox.subarray(0, count)
    const errno = libc().errno()
    if (errno === constants.errno.EAGAIN) return undefined // too often for an error to be made of it
    throw new SystemError('read', errno, `TAP device ${this.name}`)
  }

  /** A persistent NIC stays, without carrier, when its device is closed: a VM that is powered off. */
  setPersistent(persistent: boolean): void {
    const result = libc().ioctlValue(this.fd, TUNSETPERSIST, persistent ? 1 : 0)
    checked(result, 'TUNSETPERSIST', `TAP device ${this.name}`)
  }

  /** The NIC goes with it, if it was not made persistent. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    libc().close(this.fd)
  }
}
