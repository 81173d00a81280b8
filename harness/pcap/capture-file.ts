/** A capture file of either format, of any size, in bounded memory: what is more than can be kept is refused. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { decodeCapture, isPcap } from './capture.ts'
import { PcapReading } from './pcap-read.ts'
import { isSectionHeader } from './pcapng-block.ts'
import { PcapngReading } from './pcapng-pieces.ts'
import { type CapturedPacket, type DecodedCapture, PcapError } from './types.ts'

const PIECE_SIZE = 4 * 1024 * 1024

/** What is kept of one file. */
export const MOST_KEPT = { packets: 1_000_000, octets: 256 * 1024 * 1024 }

/**
 * The packets' octets are views of pieces of the file.
 * @throws {PcapError} where the file is not sound, or has more than is kept; or the system's error if it cannot be read
 */
export function readCaptureFile(path: string, most = MOST_KEPT): DecodedCapture {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    if (size > most.octets) throw tooMuch(`${most.octets} octets`, `${size} octets`, 0)
    const packets: CapturedPacket[] = []
    let offset = 0
    const keep = (packet: CapturedPacket): void => {
      packets.push(packet)
      if (packets.length > most.packets) throw tooMuch(`${most.packets} packets`, 'more', offset)
    }
    const first = nextPiece(file, 0)
    const reading = readingOf(first, size, keep)
    for (let piece = first; piece.length > 0; piece = nextPiece(file, offset)) {
      if (offset + piece.length > most.octets) throw tooMuch(`${most.octets} octets`, 'more', offset) // no file, or one that grows
      reading.push(piece)
      offset += piece.length
    }
    return { ...reading.end(), packets }
  } finally {
    closeSync(file)
  }
}

interface Pieces {
  push(piece: Uint8Array): void
  end(): Omit<DecodedCapture, 'packets'>
}

function readingOf(first: Uint8Array, size: number, keep: (packet: CapturedPacket) => void): Pieces {
  if (isSectionHeader(first, 0)) return new PcapngReading(size, keep)
  if (!isPcap(first)) return { push: () => undefined, end: () => decodeCapture(first) } // it says what is wrong
  const reading = new PcapReading(keep)
  return {
    push: (piece) => reading.push(piece),
    end() {
      const { snapLength } = reading.end()
      const interfaces = [{ name: '', description: '', snapLength, linkType: 1 }]
      return { interfaces, interfaceStatistics: [], sections: [], untimedPackets: 0 }
    },
  }
}

/** Each in memory of its own: packets stay in it. */
function nextPiece(file: number, offset: number): Uint8Array {
  const piece = Buffer.allocUnsafeSlow(PIECE_SIZE)
  const count = readSync(file, piece, 0, PIECE_SIZE, offset)
  return count === PIECE_SIZE ? piece : Uint8Array.prototype.slice.call(piece, 0, count)
}

function tooMuch(wanted: string, got: string, offset: number): PcapError {
  return new PcapError({
    ...{ format: 'capture', field: 'file', offset },
    ...{ wanted: `at most ${wanted} (editcap or a capture filter cuts it down to the case's)`, got },
  })
}
