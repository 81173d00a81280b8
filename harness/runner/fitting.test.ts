/** What a kernel lacks keeps from being judged what needs it, and nothing else. */
import { describe, expect, it } from 'vitest'
import { planWithout } from '../lab/features.ts'
import { requireFeatures } from './fitting.ts'

describe('a kernel that cannot police', () => {
  const whose = 'this host'

  it('carries the scenario shaped: its plan has no policing', () => {
    expect(() => requireFeatures(whose, ['act_police'], { id: 'QOS-01', scenario: 'shaped' })).not.toThrow()
    expect(planWithout(['act_police'], 'shaped')).toEqual({ policing: [] })
  })

  it.each(['QOS-04', 'QOS-05'])('does not carry %s, which is told', (id) => {
    expect(() => requireFeatures(whose, ['act_police'], { id, scenario: 'shaped' })).toThrow(
      `this host's kernel lacks policing (act_police), which ${id} needs`,
    )
  })

  it('is asked for it elsewhere in no other way', () => {
    expect(planWithout(['act_police'], 'bridged')).toEqual({})
    expect(planWithout(['8021q'], 'shaped')).toEqual({})
  })
})

it('a kernel that lacks what a scenario needs does not carry it', () => {
  expect(() => requireFeatures('hv2', ['8021q'], { id: 'VLAN-01', scenario: 'vlan' })).toThrow(
    "hv2's kernel lacks 802.1Q VLAN NICs (8021q), which the scenario vlan needs",
  )
})
