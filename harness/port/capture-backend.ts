/**
 * What every way to capture offers, whichever stands behind it: the kernel's ring (ring-capture.ts) or libpcap in a
 * process of its own (cap-capture.ts). Both pass the same contract (capture-contract.test.ts). What one of them
 * cannot tell is null, never a guess.
 */
import type { MacAddress } from '../wire/address.ts'
import type { NamespaceName } from './namespace.ts'

export interface CapturedFrame {
  /** From the destination address on, tags in place, no FCS. Valid during the call only: copy what you keep. */
  octets: Uint8Array
  /** Before the snap length cut it; without FCS. cap: null from 65,535 octets on. */
  originalLength: number | null
  /** The kernel's real-time clock. cap: always null. */
  timestampNs: bigint | null
  /** As the NIC sees it: `in` came to it, `out` left through it. cap: always null. */
  direction: 'in' | 'out' | null
}

/** What of the NIC's traffic is captured. */
export interface Selection {
  /** At most so many octets of a frame are kept; all by default. */
  snapLengthOctets?: number
  /**
   * In libpcap's language (pcap-filter(7)), compiled for this NIC and run by the kernel; null takes all. As everywhere
   * on Linux, `ip` matches tagged frames too, because the kernel keeps the outer tag apart.
   */
  filter?: string | null
  /** Whether a NIC that filters by address is told not to. cap: always. */
  promiscuous?: boolean
  /** A group whose frames a NIC that filters by address is told to take in. cap: all. */
  group?: MacAddress
}

export interface CaptureRequest extends Selection {
  namespace: NamespaceName
  interfaceName: string
  /** Called for each frame in the order of arrival, and never after `close` is called. */
  onFrame: (frame: CapturedFrame) => void
}

export interface Capture {
  /**
   * Resolves once: to the reason when the capture ends unasked (the NIC went down or was removed, or the process that
   * held it died), to null when it was closed before that. Never rejects. `close` is needed in both cases.
   */
  readonly ended: Promise<string | null>
  /** Frames that were lost for want of room, since it was opened. cap: null. */
  drops(): number | null
  /**
   * Puts the frames on the NIC, in this order; the capture sees them too. Resolves when the NIC has taken all.
   * @throws {PartialSendError} naming the errno and how many were sent
   */
  send(frames: readonly Uint8Array[]): Promise<void>
  /** Resolves when nothing is left of it. Twice is once. */
  close(): Promise<void>
}

/** Resolves when every later frame will be seen. Rejects with one line: no such NIC, it is down, a bad filter. */
export type OpenCapture = (request: CaptureRequest) => Promise<Capture>

export const LONGEST_SNAP_OCTETS = 65_535
