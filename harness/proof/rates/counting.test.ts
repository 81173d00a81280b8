import { describe, expect, it } from 'vitest'
import { countedOctets, EGRESS, inCountedWords, POLICE } from './counting.ts'
import { trafficOf } from './traffic.ts'

describe('what is counted', () => {
  it.each([
    { name: 'tbf, untagged', length: 1514, tags: 0, counting: EGRESS, counted: 1514 },
    {
      name: 'tbf, tagged: the tag is not in the octets yet',
      length: 132,
      tags: 1,
      counting: EGRESS,
      counted: 128,
    },
    {
      name: 'tbf with overhead 4',
      length: 132,
      tags: 1,
      counting: { ...EGRESS, overheadOctets: 4 },
      counted: 132,
    },
    { name: 'police', length: 1514, tags: 0, counting: POLICE, counted: 1500 },
    { name: 'police, tagged', length: 1518, tags: 1, counting: POLICE, counted: 1500 },
    {
      name: 'police with overhead 14',
      length: 1514,
      tags: 0,
      counting: { ...POLICE, overheadOctets: 14 },
      counted: 1514,
    },
    {
      name: 'the wire, with FCS, preamble and gap',
      length: 1518,
      tags: 1,
      counting: { layer: 'L2' as const, tag: 'counted' as const, overheadOctets: 24 },
      counted: 1542,
    },
  ])('$name', ({ length, tags, counting, counted }) => {
    expect(countedOctets(length, counting, tags)).toBe(counted)
  })

  it('is told', () => {
    expect(inCountedWords(EGRESS)).toBe('L2 octets without FCS')
    expect(inCountedWords({ ...POLICE, overheadOctets: 14 })).toBe('L3 octets + 14 a frame')
  })
})

describe('the columns of captured frames', () => {
  it('have the original length, the tags, and times after the origin; strangers are left out', () => {
    const octets = new Uint8Array(128)
    const tagged = Uint8Array.from(octets)
    tagged.set([0x81, 0x00, 0x00, 0x0a], 12)
    const at = 1_800_000_000_123_456_789n
    const frame = { originalLength: 1514, octets, signature: 7 }
    const traffic = trafficOf(
      [
        { ...frame, frame: 1, timestampNs: at },
        { ...frame, frame: 2, timestampNs: at + 1n, signature: null },
        {
          ...frame,
          frame: 3,
          timestampNs: at + 123_456_789_012_345n,
          octets: tagged,
          originalLength: 1518,
          signature: 8,
        },
        { ...frame, frame: 4, timestampNs: at + 2n, signature: 99 },
      ],
      { name: 'there', originNs: at, counting: EGRESS, flowOf: (number) => (number === 99 ? null : 1) },
    )
    expect([...traffic.timeNs]).toEqual([0, 123_456_789_012_345])
    expect([...traffic.octets]).toEqual([1514, 1514])
    expect([...traffic.number]).toEqual([7, 8])
    expect([...traffic.frame]).toEqual([1, 3])
    expect([...traffic.flow]).toEqual([1, 1])
  })
})
