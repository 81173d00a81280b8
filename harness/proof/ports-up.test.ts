import { describe, expect, it } from 'vitest'
import { experimental } from './frames.ts'
import { fabricDown, portsAreUp, uplinkLeftDown } from './ports-up.ts'
import type { PortHealth } from './record.ts'
import { windowOf } from './testing/window.ts'
import { outside, red1, red2, switch1, switchOutside, uplink1 } from './testing/world.ts'
import type { Port } from './world.ts'

const GONE = { exists: false, up: false, carrier: false }
const DOWN = { up: false, carrier: false }
const NO_CARRIER = { carrier: false }

function windowWith(health: Readonly<Record<string, Partial<PortHealth>>>) {
  return windowOf((w) => w.inject(red1, experimental({ from: red1, to: red2 })), { health })
}

async function verdictOf(port: Port, health: Readonly<Record<string, Partial<PortHealth>>>) {
  return portsAreUp((await windowWith(health)).at(port)).verdict
}

describe('portsAreUp', () => {
  it.each([
    ['TAP port', red1.port],
    ['uplink', uplink1],
    ['port of the switch', switch1],
    ['NIC outside', outside],
  ])('conforms at a %s that is up', async (_, port) => {
    expect(await verdictOf(port, {})).toBe('conforms')
  })

  it.each([
    ['TAP port down', red1.port, DOWN, 'deviates'],
    ['TAP port removed', red1.port, GONE, 'deviates'],
    ['TAP port’s carrier taken', red1.port, NO_CARRIER, 'deviates'],
    ['uplink down', uplink1, DOWN, 'deviates'],
    ['uplink removed', uplink1, GONE, 'deviates'],
    ['uplink without carrier', uplink1, NO_CARRIER, 'could not run'],
    ['port of the switch down', switch1, DOWN, 'could not run'],
    ['port of the switch removed', switch1, GONE, 'could not run'],
    ['port of the switch without carrier', switch1, NO_CARRIER, 'could not run'],
    ['port of the switch towards outside without carrier', switchOutside, NO_CARRIER, 'could not run'],
    ['NIC outside down', outside, DOWN, 'could not run'],
  ] as const)('%s: %4$s', async (_, port, state, verdict) => {
    expect(await verdictOf(port, { [port.id]: state })).toBe(verdict)
  })

  it.each([
    ['without its NIC', GONE],
    ['without carrier', NO_CARRIER],
  ])('a TAP port %s whose device the harness lost: could not run', async (_, state) => {
    expect(await verdictOf(red1.port, { [red1.port.id]: state, [red1.name]: { port: 'elsewhere' } })).toBe(
      'could not run',
    )
  })

  it('a port of the switch without carrier because the uplink at its other end was left down: deviates', async () => {
    expect(await verdictOf(switch1, { [switch1.id]: NO_CARRIER, [uplink1.id]: DOWN })).toBe('deviates')
  })

  it('a port that was not captured: could not run', async () => {
    expect(await verdictOf(red1.port, { [red1.port.id]: { port: 'elsewhere' } })).toBe('could not run')
  })

  it('says which port, what state and whose fault', async () => {
    const seen = await windowWith({ [red1.port.id]: DOWN, [switch1.id]: DOWN })
    expect(portsAreUp(seen.at(red1.port))).toEqual({
      verdict: 'deviates',
      expected: 'hv1:tap-red1 is up and has carrier',
      found: 'hv1:tap-red1 (tap hv1:tap-red1) is down: the implementation left it so',
      frames: [],
    })
    expect(portsAreUp(seen.at(switch1)).found).toBe('sw1:hv1 (switch sw1:hv1) is down: the lab failed')
  })
})

describe('why nothing could come', () => {
  it('nothing is down', async () => {
    const seen = await windowWith({})
    expect([fabricDown(seen), uplinkLeftDown(seen)]).toEqual([null, null])
  })

  it('an uplink left down, and the switch’s port without carrier for it', async () => {
    const seen = await windowWith({ [uplink1.id]: DOWN, [switch1.id]: NO_CARRIER })
    expect(fabricDown(seen)).toBeNull()
    expect(uplinkLeftDown(seen)).toContain('hv1:eth0')
  })

  it('the switch’s port down, and the uplink without carrier for it', async () => {
    const seen = await windowWith({ [uplink1.id]: NO_CARRIER, [switch1.id]: DOWN })
    expect(fabricDown(seen)).toContain('the lab failed')
    expect(uplinkLeftDown(seen)).toBeNull()
  })

  it('not a port of which nothing is known: not every lab can look at its switch', async () => {
    const seen = await windowWith({
      [switch1.id]: { port: 'elsewhere' },
      [outside.id]: { port: 'elsewhere' },
    })
    expect(fabricDown(seen)).toBeNull()
  })
})
