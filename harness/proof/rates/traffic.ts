/**
 * The frames of a measurement as they passed one port in one direction, column by column: a million of them are looked
 * through many times. Times are ns after an origin that both sides of a measurement share: the kernel's ns since 1970
 * do not fit into a double, those of a window do, exactly (up to 104 days).
 */
import { type Counting, countedOctets } from './counting.ts'

export interface Traffic {
  /** Where and which way: "hv1:eth0, delivered". */
  name: string
  originNs: bigint
  /** After the origin, in the order of the capture: a clock that was set back shows. */
  timeNs: Float64Array
  /** As the limiter counts them. */
  octets: Float64Array
  /** Who it is: the number of its signature. Unique over all flows; the same at every port. */
  number: Float64Array
  /** Which flow it belongs to. */
  flow: Uint16Array
  /** Its number in evidence.pcapng. */
  frame: Float64Array
  /** Frames that the capture lost there. */
  drops: number
}

/** What of a captured frame is needed. */
export interface CapturedFrame {
  frame: number
  timestampNs: bigint
  originalLength: number
  octets: Uint8Array
  signature: number | null
}

export interface TrafficOptions {
  name: string
  originNs: bigint
  counting: Counting
  /** The flow of a number, 0 up; null: it is not part of the measurement. */
  flowOf?: (number: number) => number | null
  drops?: number
}

/** Frames without a signature are nobody's: they are left out. */
export function trafficOf(
  frames: readonly CapturedFrame[],
  { name, originNs, counting, flowOf = () => 0, drops = 0 }: TrafficOptions,
): Traffic {
  const traffic = emptyTraffic(name, originNs, frames.length, drops)
  let count = 0
  for (const { signature, timestampNs, originalLength, octets, frame } of frames) {
    const flow = signature === null ? null : flowOf(signature)
    if (signature === null || flow === null) continue
    traffic.timeNs[count] = Number(timestampNs - originNs)
    traffic.octets[count] = countedOctets(originalLength, counting, tagsIn(octets))
    traffic.number[count] = signature
    traffic.flow[count] = flow
    traffic.frame[count] = frame
    count += 1
  }
  return part(traffic, 0, count)
}

export function emptyTraffic(name: string, originNs: bigint, length: number, drops = 0): Traffic {
  return {
    name,
    originNs,
    timeNs: new Float64Array(length),
    octets: new Float64Array(length),
    number: new Float64Array(length),
    flow: new Uint16Array(length),
    frame: new Float64Array(length),
    drops,
  }
}

/** The frames from..to, `to` left out. A view: nothing is copied. */
export function part(traffic: Traffic, from: number, to: number): Traffic {
  return {
    ...traffic,
    timeNs: traffic.timeNs.subarray(from, to),
    octets: traffic.octets.subarray(from, to),
    number: traffic.number.subarray(from, to),
    flow: traffic.flow.subarray(from, to),
    frame: traffic.frame.subarray(from, to),
  }
}

/** The frames of these flows alone. */
export function trafficOfFlows(traffic: Traffic, flows: readonly number[]): Traffic {
  return selected(traffic, (at) => flows.includes(traffic.flow[at] ?? -1))
}

/** Those from..to, `to` left out, by ns after the origin. */
export function trafficBetween(traffic: Traffic, fromNs: number, toNs: number): Traffic {
  return selected(traffic, (at) => {
    const timeNs = traffic.timeNs[at] ?? Number.NaN
    return timeNs >= fromNs && timeNs < toNs
  })
}

function selected(traffic: Traffic, isIn: (at: number) => boolean): Traffic {
  const kept: number[] = []
  for (let at = 0; at < traffic.timeNs.length; at += 1) if (isIn(at)) kept.push(at)
  const column = (values: Float64Array): Float64Array => Float64Array.from(kept, (at) => values[at] ?? 0)
  return {
    ...traffic,
    timeNs: column(traffic.timeNs),
    octets: column(traffic.octets),
    number: column(traffic.number),
    flow: Uint16Array.from(kept, (at) => traffic.flow[at] ?? 0),
    frame: column(traffic.frame),
  }
}

/** Octets up to and with each frame. */
export function cumulativeOctets(octets: Float64Array): Float64Array {
  const sums = new Float64Array(octets.length)
  let sum = 0
  for (let at = 0; at < octets.length; at += 1) {
    sum += octets[at] ?? 0
    sums[at] = sum
  }
  return sums
}

/** Of the frames at hand, as counted; 0 of none. */
export function largestFrame({ octets }: Pick<Traffic, 'octets'>): number {
  let largest = 0
  for (const one of octets) if (one > largest) largest = one
  return largest
}

const TPIDS = [0x8100, 0x88a8]

function tagsIn(octets: Uint8Array): number {
  let tags = 0
  while (TPIDS.includes(((octets[12 + 4 * tags] ?? 0) << 8) | (octets[13 + 4 * tags] ?? 0))) tags += 1
  return tags
}
