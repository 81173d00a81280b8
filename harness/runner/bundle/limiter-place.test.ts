/** Where a limiter is: by the plan that was in force when the rate was measured, and only where that leaves no doubt. */
import { expect, it } from 'vitest'
import { red1, switch1, world } from '../../proof/testing/world.ts'
import type { RecordedCase } from '../recorded-case.ts'
import { limiterBetween } from './limiter-place.ts'

const at = { offered: red1.port.id, left: switch1.id }
const shaping = (rateBitsPerSecond: number) => [{ port: 'eth0', rateBitsPerSecond }]

/** Told 10 Mbit/s at first, with a policer of the same rate at the TAP port; then only to shape, to 100. */
const recorded = {
  world,
  observations: {
    plans: { hv1: { shaping: shaping(10e6), policing: [{ port: 'tap-red1', rateBitsPerSecond: 10e6 }] } },
    performed: [
      { operation: { do: 'reconfigure', hypervisor: 'hv2', change: { shaping: shaping(100e6) } } },
      {
        operation: {
          do: 'reconfigure',
          hypervisor: 'hv1',
          change: { shaping: shaping(100e6), policing: [] },
        },
      },
    ],
  },
} as unknown as RecordedCase

it.each([
  ['after a change', 100e6, 2, { port: 'hv1:eth0', does: 'shape' }],
  ['before it', 100e6, 1, null],
  ['where two limiters have the rate', 10e6, 0, null],
])('%s', (_, rateBitsPerSecond, performed, place) => {
  expect(limiterBetween({ ...at, limit: { rateBitsPerSecond } }, recorded, performed)).toEqual(place)
})
