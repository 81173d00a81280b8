/**
 * How an interface of a pcapng file counts time, and times read so, in nanoseconds since 1970.
 * Source: draft-ietf-opsawg-pcapng, 4.2 (if_tsresol, if_tsoffset), 4.3 (timestamp).
 */
import type { OctetReader } from './octet-reader.ts'
import { OPTION } from './pcapng-format.ts'
import type { Options } from './pcapng-options.ts'
import { PcapError } from './types.ts'

const MICROSECONDS = 6 // if_tsresol where it is not given
const NANOSECONDS_PER_SECOND = 1_000_000_000n
const LATEST_NS = 0xffffffffffffffffn // in the year 2554; 64 bits of nanoseconds, as the writer has

export interface Clock {
  ticksPerSecond: bigint
  offsetNs: bigint
}

export function readClock(options: Options): Clock {
  const resolution = options.u8(OPTION.interfaceTimestampResolution, 'if_tsresol') ?? MICROSECONDS
  const offsetSeconds = options.i64(OPTION.interfaceTimestampOffset, 'if_tsoffset') ?? 0n
  return { ticksPerSecond: ticksPerSecond(resolution), offsetNs: offsetSeconds * NANOSECONDS_PER_SECOND }
}

/** @throws {PcapError} if 64 bits of nanoseconds cannot hold it */
export function readTime(body: OctetReader, clock: Clock): bigint {
  const offset = body.offset
  const ticks = (BigInt(body.u32('timestamp (high)')) << 32n) | BigInt(body.u32('timestamp (low)'))
  const isNs = clock.ticksPerSecond === NANOSECONDS_PER_SECOND
  const time = (isNs ? ticks : (ticks * NANOSECONDS_PER_SECOND) / clock.ticksPerSecond) + clock.offsetNs
  if (time >= 0n && time <= LATEST_NS) return time
  throw new PcapError({ field: 'timestamp', offset, wanted: `0 to ${LATEST_NS} ns`, got: `${time} ns` })
}

/** The highest bit tells powers of 2 from powers of 10. */
function ticksPerSecond(resolution: number): bigint {
  const exponent = BigInt(resolution & 0x7f)
  return (resolution & 0x80) === 0 ? 10n ** exponent : 2n ** exponent
}
