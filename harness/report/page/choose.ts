/** Which assertions of a case are shown, and which injected frames' ways: what failed first, else a sample. */

import type { PcapngIndex } from '../../pcap/pcapng.ts'
import { findSignature } from '../../wire/index.ts'
import type { AssertionRecord, Records } from './records.ts'

export interface Limits {
  assertions: number
  flows: number
  hops: number // of a way
  frames: number // of a case, in its table
  octets: number // of a frame
}

/** A full run of 77 rules stays under 5 MB, whatever fails. */
export const WHERE_BROKEN: Limits = { assertions: 8, flows: 4, hops: 24, frames: 110, octets: 192 }
export const WHERE_SOUND: Limits = { assertions: 6, flows: 2, hops: 24, frames: 56, octets: 96 }

export interface Chosen {
  assertions: readonly AssertionRecord[]
  /** The numbers of the injected frames whose ways are shown; of each assertion the one that it is about. */
  numbers: readonly number[]
  numberOf: ReadonlyMap<AssertionRecord, number>
}

export function choose({ assertions, run }: Records, index: PcapngIndex, limits: Limits): Chosen {
  const deviating = assertions.filter(({ verdict }) => verdict === 'deviates')
  const others = assertions.filter(({ verdict }) => verdict !== 'deviates' && verdict !== 'conforms')
  const met = assertions.filter(({ verdict }) => verdict === 'conforms')
  const failures = [...deviating, ...others].slice(0, limits.assertions)
  const chosen = [...failures, ...spread(met, limits.assertions - failures.length)]
  const numberOf = new Map<AssertionRecord, number>()
  for (const assertion of chosen) {
    const number = assertion.about ?? signedWith(assertion, index, run)
    if (number !== null) numberOf.set(assertion, number)
  }
  const numbers = [...new Set(chosen.flatMap((assertion) => numberOf.get(assertion) ?? []))]
  return { assertions: chosen, numbers: numbers.slice(0, limits.flows), numberOf }
}

/** The first, the last, and some between. */
function spread<T>(all: readonly T[], count: number): readonly T[] {
  if (count <= 0) return []
  if (all.length <= count) return all
  if (count === 1) return all.slice(0, 1)
  const places = Array.from({ length: count }, (_, at) => Math.round((at * (all.length - 1)) / (count - 1)))
  return places.flatMap((place) => all[place] ?? [])
}

/** Evidence that does not say what an assertion is about has frames that bear the number. */
function signedWith({ frames }: AssertionRecord, index: PcapngIndex, run: number): number | null {
  const [first] = frames
  if (first === undefined || first < 1 || first > index.count) return null
  const signature = findSignature(index.peek(first).octets)
  return signature?.run === run ? signature.number : null
}
