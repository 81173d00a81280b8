/** Noise is what it says: right frames of nobody in the lab, and none that a case could take for its own. */
import { describe, expect, test } from 'vitest'
import { findSignature, formatMac, summarise } from '../../wire/index.ts'
import { loadTopology, macOf } from '../topology.ts'
import { NOISE_MAC, stationNoise, switchNoise } from './frames.ts'

const TOPOLOGY = new URL('../../../fixtures/topologies/two-hypervisors.yaml', import.meta.url).pathname

describe('the noise of a station', () => {
  const frames = stationNoise(0x0102)

  test('is ARP, ND, MLD, mDNS, LLDP and a BPDU', () => {
    expect(frames.map((frame) => summarise(frame))).toMatchInlineSnapshot(`
      [
        "ARP, Request who-has 198.19.1.2 tell 198.18.1.2, length 46",
        "IPv6 fe80::6e:6fff:fe00:102 > ff02::1:ff00:102: ICMP6, neighbor solicitation, who has fe80::6e:1ff:fe00:102, length 32",
        "IPv6 fe80::6e:6fff:fe00:102.5353 > ff02::fb.5353: UDP, length 46",
        "ARP, Request who-has 198.18.1.2 tell 198.18.1.2, length 46",
        "IPv6 fe80::6e:6fff:fe00:102 > ff02::16: ICMP6, type 143, code 0, length 28",
        "ARP, Request who-has 198.19.1.2 tell 198.18.1.2, length 46",
        "LLDP, chassis 02:6e:6f:00:01:02, port 02:6e:6f:00:01:02, ttl 120, length 46",
        "STP 802.1d, Config, Flags [none], bridge-id f000.02:6e:6f:00:01:02.8001, length 35",
      ]
    `)
  })

  test('of two stations differs in every frame', () => {
    const other = stationNoise(0x0103)
    frames.forEach((frame, at) => {
      expect(Buffer.compare(frame, other[at] ?? frame)).not.toBe(0)
    })
  })
})

test('a switch’s noise is LLDP and BPDUs', () => {
  expect(switchNoise(1).map((frame) => summarise(frame))).toMatchInlineSnapshot(`
    [
      "LLDP, chassis 02:6e:6f:00:00:01, port 02:6e:6f:00:00:01, ttl 120, length 46",
      "STP 802.1d, Config, Flags [none], bridge-id f000.02:6e:6f:00:00:01.8001, length 35",
    ]
  `)
})

test('every frame is as long as the shortest, bears the mark, and has no signature', () => {
  for (const frame of [...stationNoise(7), ...switchNoise(8)]) {
    expect(frame.length).toBeGreaterThanOrEqual(60)
    expect([...frame.subarray(6, 9)]).toEqual([...NOISE_MAC])
    expect(findSignature(frame)).toBeUndefined()
  }
})

test('no guest, hypervisor or host has such an address', () => {
  const { guests, hypervisors } = loadTopology(TOPOLOGY)
  const mark = formatMac(Uint8Array.from([...NOISE_MAC, 0, 0, 0])).slice(0, 8)
  const macs = [...guests.map(({ mac }) => mac), ...hypervisors.map(({ uplinkMac }) => uplinkMac)]
  for (const mac of [...macs, macOf(0xffff, 0xfff)]) expect(mac.startsWith(mark)).toBe(false)
})
