/**
 * Builds classic pcap field by field for tests, in either byte order, right or wrong: written without the writer
 * under test.
 */
import { join, type Order, u16, u32 } from './test-blocks.ts'

export const MICROSECONDS = 0xa1b2c3d4
export const NANOSECONDS = 0xa1b23c4d

export function fileHeader(order: Order, changes: Partial<TestHeader> = {}): Uint8Array {
  const { magic, major, minor, zone, accuracy, snapLength, linkType } = { ...USUAL_HEADER, ...changes }
  const version = join(u16(major, order), u16(minor, order))
  const unused = join(u32(zone, order), u32(accuracy, order))
  return join(u32(magic, order), version, unused, u32(snapLength, order), u32(linkType, order))
}

export function record(order: Order, changes: Partial<TestRecord> = {}): Uint8Array {
  const { seconds, ticks, octets, ...lengths } = { ...USUAL_RECORD, ...changes }
  const { captured = octets.length, originalLength = octets.length } = lengths
  const time = join(u32(seconds, order), u32(ticks, order))
  return join(time, u32(captured, order), u32(originalLength, order), octets)
}

interface TestHeader {
  magic: number
  major: number
  minor: number
  zone: number
  accuracy: number
  snapLength: number
  linkType: number
}

interface TestRecord {
  seconds: number
  ticks: number
  octets: Uint8Array
  captured?: number
  originalLength?: number
}

const USUAL_HEADER: TestHeader = {
  magic: MICROSECONDS,
  major: 2,
  minor: 4,
  zone: 0,
  accuracy: 0,
  snapLength: 65_535,
  linkType: 1,
}

const USUAL_RECORD: TestRecord = { seconds: 0, ticks: 0, octets: new Uint8Array(0) }
