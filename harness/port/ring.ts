/**
 * Capture on one NIC: an AF_PACKET socket with a TPACKET_V3 ring. Source: packet(7), the kernel's
 * Documentation/networking/packet_mmap.rst and include/uapi/linux/if_packet.h. Kernel timestamps in nanoseconds of
 * the real-time clock; octets as they are on the wire, without FCS: the tag that the kernel keeps apart is put back.
 *
 * The kernel hands over a block when it is full or its timer fires, 1 to 20 ms later. Frames are read before that,
 * out of the block that is being filled: the kernel writes a frame's interface index last (tpacket_rcv), and `drain`
 * clears that place before a block goes back; so a frame whose index is there is whole. That holds where processors
 * show stores in their order; on others a block is read when it is handed over.
 */
import { cpus } from 'node:os'
import { parseMac } from '../wire/address.ts'
import type { Selection } from './capture-backend.ts'
import { attachSelection } from './filter.ts'
import { AF_PACKET, checked, libc, type Mapping, O_CLOEXEC, O_NONBLOCK } from './libc.ts'
import { inNamespace, type NamespaceName } from './namespace.ts'
import { interfaceIndex, linkAddress } from './packet-socket.ts'

const SOCK_RAW = 3
const ETH_P_ALL = 0x0003
const SOL_SOCKET = 1
const SO_TIMESTAMPNS = 35
const SOL_PACKET = 263
const PACKET_ADD_MEMBERSHIP = 1
const PACKET_MR_MULTICAST = 0
const PACKET_MR_PROMISC = 1
const PACKET_RX_RING = 5
const PACKET_STATISTICS = 6
const PACKET_VERSION = 10
const TPACKET_V3 = 2
const TP_STATUS_KERNEL = 0
const TP_STATUS_USER = 1
const TP_STATUS_VLAN_VALID = 0x10
const TP_STATUS_VLAN_TPID_VALID = 0x40
const PACKET_OUTGOING = 4
const RETIRE_MS = 10
/**
 * The kernel loses frames when every block waits to be read (packet_rcv_has_room, prb_dispatch_next_block), and counts
 * them. It looks for room without a lock, so where it has several processors it may also lose one between two blocks.
 */
const LOSES_ONLY_WHEN_FULL = cpus().length === 1
const STORES_IN_ORDER = process.arch === 'x64' || process.arch === 'ia32'

/** Offsets in a block's header, in octets. */
const BLOCK = { status: 8, packets: 12, firstPacket: 16, sizeOf: 48 }
/** Offsets in struct tpacket3_hdr and, behind it, in struct sockaddr_ll. */
const PACKET = { next: 0, sec: 4, nsec: 8, captured: 12, length: 16, status: 20, mac: 24, tci: 32, tpid: 36 }
const ADDRESS = { interfaceIndex: 48 + 4, packetType: 48 + 10 }

export interface RingOptions {
  blockSizeOctets: number
  blockCount: number
}

/**
 * Where frames come one by one, each closes a block of its own when its time is over: many small blocks last for longer
 * than few large ones, 64 for 0.6 s in which nobody reads.
 */
export const DEFAULT_RING: RingOptions = { blockSizeOctets: 1 << 14, blockCount: 64 }

/** For loads: half a second at 200,000 of the shortest frames a second, as long as a busy machine may pause. */
export const LOAD_RING: RingOptions = { blockSizeOctets: 1 << 18, blockCount: 64 }

/**
 * Called for every frame. `octets` starts at the destination address and is valid during the call only; where
 * `tag` is not null, those four octets (TPID and TCI as one number) belong between the addresses and the EtherType.
 */
export type FrameSink = (
  octets: Uint8Array,
  tag: number | null,
  originalLength: number,
  seconds: number,
  nanoseconds: number,
  outgoing: boolean,
) => void

export class PacketRing {
  readonly fd: number
  readonly interfaceIndex: number
  readonly #mapping: Mapping
  readonly #view: DataView
  readonly #octets: Uint8Array
  readonly #words: Int32Array
  readonly #options: RingOptions
  /** The block that is read next, and how many of its frames were read already. */
  #block = 0
  #read = 0
  #readOffset = 0
  #drops = 0
  #wasFull = false
  #open = true
  #draining = false

  private constructor(fd: number, index: number, mapping: Mapping, options: RingOptions) {
    this.fd = fd
    this.interfaceIndex = index
    this.#mapping = mapping
    this.#view = new DataView(mapping.octets)
    this.#octets = new Uint8Array(mapping.octets)
    this.#words = new Int32Array(mapping.octets)
    this.#options = options
  }

  /**
   * Of a tagged frame, a snap length counts the octets without the outer tag, which the kernel keeps apart.
   * @throws {SystemError} ENODEV, EPERM, ENOMEM
   * @throws {FilterError}
   */
  static open(
    interfaceName: string,
    namespace: NamespaceName,
    options: RingOptions = DEFAULT_RING,
    selection: Selection = {},
  ): PacketRing {
    const what = `capture on ${namespace ?? 'this host'}:${interfaceName}`
    return inNamespace(namespace, () => {
      const fd = checked(libc().socket(AF_PACKET, SOCK_RAW | O_NONBLOCK | O_CLOEXEC, 0), 'socket', what)
      try {
        const index = interfaceIndex(fd, interfaceName)
        attachSelection(fd, namespace, interfaceName, selection)
        setOption(fd, PACKET_VERSION, [TPACKET_V3], what)
        stampEarly(fd, what)
        const { blockSizeOctets, blockCount } = options
        const frameSize = 2048
        const frameCount = (blockSizeOctets / frameSize) * blockCount
        const request = [blockSizeOctets, blockCount, frameSize, frameCount, RETIRE_MS, 0, 0]
        setOption(fd, PACKET_RX_RING, request, what)
        const mapping = libc().map(fd, blockSizeOctets * blockCount)
        if (mapping === undefined) throw checked(-1, 'mmap', what)
        const address = linkAddress(index, ETH_P_ALL)
        checked(libc().bind(fd, address, address.length), 'bind', what)
        const { promiscuous = false, group } = selection
        if (promiscuous) join(fd, index, PACKET_MR_PROMISC, new Uint8Array(), what)
        if (group !== undefined) join(fd, index, PACKET_MR_MULTICAST, parseMac(group), what)
        return new PacketRing(fd, index, mapping, options)
      } catch (error) {
        libc().close(fd)
        throw error
      }
    })
  }

  /** Hands over every frame that is complete now, in the order of their arrival. Returns how many. */
  drain(sink: FrameSink): number {
    if (!this.#open || this.#draining) return 0
    this.#draining = true
    try {
      return this.#drainAll(sink)
    } finally {
      this.#draining = false
      if (!this.#open) this.#release()
    }
  }

  #drainAll(sink: FrameSink): number {
    this.#wasFull ||= this.#isFull()
    const { blockCount } = this.#options
    let count = 0
    for (let blocks = 1; ; blocks += 1) {
      const start = this.#block * this.#options.blockSizeOctets
      const handedOver = (this.#status(start) & TP_STATUS_USER) !== 0
      if (handedOver || STORES_IN_ORDER) count += this.#drainBlock(start, sink)
      if (!handedOver || !this.#open) return count
      this.#wasFull ||= blocks >= blockCount // it was filled anew as fast as it was read
      this.#giveBack(start)
    }
  }

  /** Frames that the ring had no room for, since it was opened. */
  drops(): number {
    if (!this.#open) return this.#drops
    if (LOSES_ONLY_WHEN_FULL && !this.#wasFull && !this.#isFull()) return this.#drops // spares a system call
    this.#wasFull = false
    const statistics = Buffer.alloc(12) // the kernel clears its counters when it is asked
    const length = Buffer.from([statistics.length, 0, 0, 0])
    const result = libc().getsockopt(this.fd, SOL_PACKET, PACKET_STATISTICS, statistics, length)
    checked(result, 'getsockopt', 'PACKET_STATISTICS')
    this.#drops += statistics.readUInt32LE(4)
    return this.#drops
  }

  /** A sink may close the ring that it drains: it gets no further frame. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    if (!this.#draining) this.#release()
  }

  #release(): void {
    this.#mapping.unmap()
    libc().close(this.fd)
  }

  #status(start: number): number {
    return Atomics.load(this.#words, (start + BLOCK.status) / 4)
  }

  /** Blocks are filled in turn: when the last waits to be read, all do. */
  #isFull(): boolean {
    const { blockSizeOctets, blockCount } = this.#options
    const last = (this.#block + blockCount - 1) % blockCount
    return (this.#status(last * blockSizeOctets) & TP_STATUS_USER) !== 0
  }

  #drainBlock(start: number, sink: FrameSink): number {
    const view = this.#view
    const packets = view.getUint32(start + BLOCK.packets, true)
    let count = 0
    while (this.#read < packets && this.#open) {
      const at = this.#read === 0 ? start + view.getUint32(start + BLOCK.firstPacket, true) : this.#readOffset
      if (view.getInt32(at + ADDRESS.interfaceIndex, true) === 0) break // still being written
      this.#hand(at, sink)
      this.#readOffset = at + view.getUint32(at + PACKET.next, true)
      this.#read += 1
      count += 1
    }
    return count
  }

  #hand(at: number, sink: FrameSink): void {
    const view = this.#view
    const begin = at + view.getUint16(at + PACKET.mac, true)
    const octets = this.#octets.subarray(begin, begin + view.getUint32(at + PACKET.captured, true))
    const status = view.getUint32(at + PACKET.status, true)
    const tag = (status & TP_STATUS_VLAN_VALID) === 0 ? null : this.#tag(at, status)
    const outgoing = view.getUint8(at + ADDRESS.packetType) === PACKET_OUTGOING
    const originalLength = view.getUint32(at + PACKET.length, true) + (tag === null ? 0 : 4)
    sink(
      octets,
      tag,
      originalLength,
      view.getUint32(at + PACKET.sec, true),
      view.getUint32(at + PACKET.nsec, true),
      outgoing,
    )
  }

  #tag(at: number, status: number): number {
    const tpid =
      (status & TP_STATUS_VLAN_TPID_VALID) === 0 ? 0x8100 : this.#view.getUint16(at + PACKET.tpid, true)
    return tpid * 0x1_0000 + (this.#view.getUint32(at + PACKET.tci, true) & 0xffff)
  }

  /** Clears what was read, so that a later frame there is not taken for whole too early, and frees the block. */
  #giveBack(start: number): void {
    const usedOctets = this.#read === 0 ? 0 : this.#readOffset - start
    const end = Math.max(usedOctets, this.#view.getUint32(start + 20, true))
    this.#octets.fill(0, start + BLOCK.sizeOf, start + Math.min(end, this.#options.blockSizeOctets))
    Atomics.store(this.#words, (start + BLOCK.status) / 4, TP_STATUS_KERNEL)
    this.#block = (this.#block + 1) % this.#options.blockCount
    this.#read = 0
    this.#readOffset = 0
  }
}

/**
 * Else a frame that comes in gets its time when the ring takes it: behind the backlog, where frames of a busy machine may
 * wait for some ms, while those that go out are stamped at once. As long as one socket wants it, the kernel stamps
 * what comes in before the backlog (netif_rx, net.core.netdev_tstamp_prequeue). Source: socket(7), the kernel's
 * Documentation/networking/timestamping.rst.
 */
function stampEarly(fd: number, what: string): void {
  const on = Buffer.from([1, 0, 0, 0])
  checked(libc().setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, on, on.length), 'SO_TIMESTAMPNS', what)
}

/** Undone when the socket is closed. Source: packet(7), struct packet_mreq. */
function join(fd: number, index: number, type: number, address: Uint8Array, what: string): void {
  const request = Buffer.alloc(16)
  request.writeInt32LE(index, 0)
  request.writeUInt16LE(type, 4)
  request.writeUInt16LE(address.length, 6)
  request.set(address, 8)
  checked(
    libc().setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, request, request.length),
    'setsockopt',
    what,
  )
}

function setOption(fd: number, name: number, values: readonly number[], what: string): void {
  const octets = Buffer.alloc(values.length * 4)
  values.forEach((value, index) => {
    octets.writeUInt32LE(value, index * 4)
  })
  checked(libc().setsockopt(fd, SOL_PACKET, name, octets, octets.length), 'setsockopt', what)
}
