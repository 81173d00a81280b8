/** Offloads, seen by what they do: the kernel leaves UDP's checksum to a NIC that promises to write it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeUnless } from '../testing/describe-unless.ts'
import { decodeEthernet } from '../wire/ethernet.ts'
import { decodeIpv4 } from '../wire/ipv4.ts'
import { udpChecksumIsRight } from '../wire/udp.ts'
import { turnOffloadsOff } from './offloads.ts'
import { openRingCapture, type RingCapture } from './ring-capture.ts'
import { Collector } from './testing/collector.ts'
import { leaveHost, makeCable, sh } from './testing/network.ts'

const mayNot = leaveHost()

describeUnless(mayNot, 'turning offloads off', {}, () => {
  let capture: RingCapture
  let seen: Collector
  beforeAll(async () => {
    makeCable({ namespace: 'left', nic: 'cable-l' }, { namespace: 'right', nic: 'cable-r' })
    sh('ip -n left addr add 192.0.2.1/24 dev cable-l; ip -n right addr add 192.0.2.2/24 dev cable-r')
    seen = new Collector()
    const at = { namespace: 'right', interfaceName: 'cable-r' }
    capture = await openRingCapture({ ...at, filter: 'udp', onFrame: seen.onFrame })
  })
  afterAll(() => capture.close())

  const speak = () => sh('nsenter --net=/run/netns/left bash -c "echo hello >/dev/udp/192.0.2.2/9"')
  const checksumsAreRight = () =>
    seen.frames.map(({ octets }) => {
      const packet = decodeIpv4(decodeEthernet(octets).payload)
      return udpChecksumIsRight(packet.payload, packet)
    })

  test('makes the kernel write checksums itself', async () => {
    speak()
    await seen.have(1)
    turnOffloadsOff('left', 'cable-l')
    speak()
    await seen.have(2)
    expect(checksumsAreRight()).toEqual([false, true])
  })

  test('of a NIC that is not there is refused by name', () => {
    expect(() => turnOffloadsOff('left', 'absent')).toThrow(expect.objectContaining({ code: 'ENODEV' }))
  })
})
