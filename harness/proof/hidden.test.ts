import { describe, expect, it } from 'vitest'
import { endsOf } from './ends.ts'
import { arpRequest, experimental, icmpError, udp } from './frames.ts'
import { hidesAddresses } from './hidden.ts'
import type { Stimulus } from './stimulus.ts'
import { windowOf } from './testing/window.ts'
import { guests, red1, red3, uplink1 } from './testing/world.ts'

const far = { mac: '02:00:00:ff:01:00', address: '233.252.0.9', address6: '::' }
const hv1 = { mac: '02:00:00:ff:00:01', address: '192.0.2.11', address6: '::' }
const plain = experimental({ from: red1, to: red3 })

async function sends(octets: Uint8Array, direction: 'in' | 'out' = 'out') {
  const seen = await windowOf((w) => w.inject(red1, plain), {
    noise: [{ port: uplink1.id, direction, octets }],
  })
  return hidesAddresses(seen.at(uplink1), guests)
}
const octetsOf = (stimulus: Stimulus) => stimulus.build(new Uint8Array(16))

it('an address of a guest is found in any header, and told whose it is', async () => {
  const leak = await sends(octetsOf(udp({ from: red1, to: far })))
  expect(leak.verdict).toBe('deviates')
  expect(leak.found).toContain(`ip.src ${red1.address} is red1’s`)
  expect((await sends(octetsOf(arpRequest({ from: hv1, forAddress: red3.address })))).verdict).toBe(
    'deviates',
  )
})

it('an address of their network that was leased is a guest’s, too', async () => {
  const leased = { ...red1, address: '198.51.100.150' }
  const leak = await sends(octetsOf(udp({ from: leased, to: far })))
  expect(leak.found).toContain('ip.src 198.51.100.150 is a guest’s')
})

it('what is translated, or comes in, shows none', async () => {
  expect((await sends(octetsOf(udp({ from: hv1, to: far })))).verdict).toBe('conforms')
  expect((await sends(octetsOf(udp({ from: far, to: red1 })), 'in')).verdict).toBe('conforms')
})

describe('an ICMP error that quotes a packet for a guest', () => {
  const came = udp({ from: far, to: red1, srcPort: 53, dstPort: 5100, ip: { identification: 9 } })
  const rejects = async (about: Stimulus, ...noise: readonly Stimulus[]) => {
    const refusal = icmpError({ from: hv1, to: far, error: 'port unreachable', about })
    const seen = await windowOf((w) => w.inject(red1, plain), {
      noise: [
        ...noise.map((frame) => ({ port: uplink1.id, direction: 'in' as const, octets: octetsOf(frame) })),
        { port: uplink1.id, direction: 'out', octets: octetsOf(refusal) },
      ],
    })
    return hidesAddresses(seen.at(uplink1), guests)
  }

  it('shows no address that its sender had not written himself', async () => {
    expect((await rejects(came, came)).verdict).toBe('conforms')
  })

  it('shows one where that packet did not come from there', async () => {
    const { dstPort, ...other } = { from: far, to: red1, srcPort: 53, dstPort: 5100 }
    const translated = udp({ ...other, to: hv1, dstPort, ip: { identification: 9 } })
    const later = udp({ ...other, dstPort, ip: { identification: 10 } })
    expect((await rejects(came)).found).toContain(`quoted.ip.dst ${red1.address} is red1’s`)
    expect((await rejects(came, translated)).verdict).toBe('deviates')
    expect((await rejects(came, later)).verdict).toBe('deviates')
  })

  it('shows one where its own header has it', async () => {
    const refusal = icmpError({ from: red1, to: far, error: 'port unreachable', about: came })
    const seen = await windowOf((w) => w.inject(red1, plain), {
      noise: [
        { port: uplink1.id, direction: 'in', octets: octetsOf(came) },
        { port: uplink1.id, direction: 'out', octets: octetsOf(refusal) },
      ],
    })
    expect(hidesAddresses(seen.at(uplink1), guests).found).toContain(`ip.src ${red1.address} is red1’s`)
  })
})

it('lost frames may have shown one', async () => {
  const health = { [uplink1.id]: { drops: 1 } }
  const seen = await windowOf((w) => w.inject(red1, plain), { health })
  expect(hidesAddresses(seen.at(uplink1), guests).verdict).toBe('could not run')
})

it('the ends of a packet are read where it was seen', async () => {
  const datagram = udp({ from: red1, to: red3, srcPort: 5, dstPort: 6 })
  const seen = await windowOf((w) => w.inject(red1, datagram))
  const { mac, address } = red1
  expect(endsOf(seen.at(red3.port), datagram)?.from).toEqual({ mac, address, address6: '::', port: 5 })
  expect(endsOf(seen.at(red3.port), datagram)?.to.port).toBe(6)
})
