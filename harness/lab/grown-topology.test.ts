/** A grown topology holds the one it grew from, and is even. */
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BadInput } from './bad-input.ts'
import { grownTopology } from './grown-topology.ts'
import { loadTopology } from './topology.ts'

const base = loadTopology(resolve(import.meta.dirname, '../../fixtures/topologies/two-hypervisors.yaml'))

test('the switch carries every VID only where that is asked for', () => {
  expect(grownTopology(base, { guests: 5, tenants: 2 }).everyVid).toBe(false)
  expect(grownTopology(base, { guests: 5, tenants: 2, everyVid: true }).everyVid).toBe(true)
})

describe.each([
  [5, 2],
  [16, 2],
  [16, 4],
  [64, 8],
  [256, 8],
])('%d guests in %d tenants', (guests, tenants) => {
  const grown = grownTopology(base, { guests, tenants })

  test('the usual guests are where they were, with their addresses', () => {
    for (const { name, hypervisor, tenant, tap, mac } of base.guests)
      expect(grown.guests.find((guest) => guest.name === name)).toMatchObject({
        hypervisor,
        tenant,
        tap,
        mac,
      })
  })

  test('hypervisors and tenants differ by one guest at most, MAC addresses all', () => {
    expect([grown.guests.length, grown.tenants.length]).toEqual([guests, tenants])
    const sizes = (key: 'hypervisor' | 'tenant'): readonly number[] => {
      const names = [...new Set(grown.guests.map((guest) => guest[key]))]
      return names.map((name) => grown.guests.filter((guest) => guest[key] === name).length)
    }
    expect(Math.max(...sizes('hypervisor')) - Math.min(...sizes('hypervisor'))).toBeLessThanOrEqual(
      guests === 5 ? 1 : 2,
    )
    expect(Math.max(...sizes('tenant')) - Math.min(...sizes('tenant'))).toBeLessThanOrEqual(1)
    expect(new Set(grown.guests.map(({ mac }) => mac)).size).toBe(guests)
  })

  test('every tenant has guests on both hypervisors, where it has two', () => {
    for (const { name } of grown.tenants) {
      const own = grown.guests.filter(({ tenant }) => tenant === name)
      expect(new Set(own.map(({ hypervisor }) => hypervisor)).size).toBe(2)
    }
  })
})

test('tenants get the VIDs that are asked for, and nothing else of the usual guests changes', () => {
  const grown = grownTopology(base, { guests: 5, tenants: 3, vids: [1, 4094, 2048] })
  expect(grown.tenants.map(({ vid }) => vid)).toEqual([1, 4094, 2048])
  const places = ({ guests }: typeof base) =>
    guests.map(({ name, hypervisor, tap }) => [name, hypervisor, tap])
  expect(places(grown)).toEqual(places(base))
})

test.each([
  ['too few', [1]],
  ['too many', [1, 2, 3]],
  ['one twice', [7, 7]],
])('VIDs that do not fit are refused: %s', (_, vids) => {
  expect(() => grownTopology(base, { guests: 5, tenants: 2, vids })).toThrow(BadInput)
})

test.each([
  [4, 2],
  [257, 2],
  [16, 1],
])('%d guests in %d tenants are refused', (guests, tenants) => {
  expect(() => grownTopology(base, { guests, tenants })).toThrow(BadInput)
})
