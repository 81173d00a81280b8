import { describe, expect, it } from 'vitest'
import { decodeEthernet, encodeSignature, findSignature } from '../wire/index.ts'
import { controlFrame, controlPortFor } from './control.ts'
import { guests, outside, red1, switch1, uplink1, world } from './testing/world.ts'

describe('the control frame', () => {
  const octets = controlFrame(uplink1).build(encodeSignature({ run: 1, caseNumber: 2, number: 3 }))

  it('is signed, untagged, as short as a frame may be', () => {
    expect(findSignature(octets)).toMatchObject({ run: 1, caseNumber: 2, number: 3 })
    expect(octets).toHaveLength(60)
    expect(decodeEthernet(octets)).toMatchObject({ tags: [], etherType: 0x88b5 })
  })

  it('goes to an address that no bridge forwards, from nobody’s', () => {
    const { dst, src } = decodeEthernet(octets)
    expect(dst).toBe('01:80:c2:00:00:03')
    expect(guests.map((guest) => guest.mac)).not.toContain(src)
  })
})

describe('the control frame is put', () => {
  it.each([
    ['at a TAP port itself: it goes out to the guest', red1.port, red1.port],
    ['at a guest’s TAP port, for the guest’s own side', red1.nic, red1.port],
    ['at an uplink itself: it goes out to the switch', uplink1, uplink1],
    ['at the uplink, for the switch’s port: it comes from the hypervisor’s side', switch1, uplink1],
    ['at the NIC outside itself', outside, outside],
  ])('%s', (_, port, putAt) => {
    expect(controlPortFor(port, world)).toBe(putAt)
  })
})
