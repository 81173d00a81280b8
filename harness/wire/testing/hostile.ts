/** Octets that were never meant to be read: arbitrary ones, and golden frames cut and with octets changed. */
import fc from 'fast-check'
import { u8 } from './arbitraries.ts'
import { GOLDEN_FRAMES } from './frames.ts'
import { amidJunk } from './octets.ts'

const arbitraryOctets = fc.uint8Array({ maxLength: 120 })

const spoiltFrame = fc
  .record({
    frame: fc.constantFrom(...Object.values(GOLDEN_FRAMES)),
    size: fc.nat(),
    changes: fc.array(fc.tuple(fc.nat(), u8), { maxLength: 4 }),
  })
  .map(({ frame, size, changes }) => {
    const octets = frame.slice(0, size % (frame.length * 2)) // half of them whole
    for (const [at, octet] of changes) if (octets.length > 0) octets[at % octets.length] = octet
    return octets
  })

export const hostileOctets = fc.oneof(arbitraryOctets, spoiltFrame).map(amidJunk)
