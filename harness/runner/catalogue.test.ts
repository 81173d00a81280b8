import { describe, expect, it } from 'vitest'
import {
  ALL_SCENARIOS,
  FAMILIES,
  findRequirement,
  REQUIREMENTS,
  selectRequirements,
  UnknownRequirementError,
} from './catalogue.ts'

const ids = (names: readonly string[]) => selectRequirements(names).map(({ id }) => id)

describe('the catalogue', () => {
  it('holds 77 rules, each once', () => {
    expect(REQUIREMENTS).toHaveLength(77)
    expect(new Set(REQUIREMENTS.map(({ id }) => id)).size).toBe(77)
    expect(new Set(REQUIREMENTS.map(({ title }) => title)).size).toBe(77)
    expect(new Set(REQUIREMENTS.map(({ rule }) => rule)).size).toBe(77)
  })

  it('holds every family whole and numbered through', () => {
    const counts = { TAP: 7, BR: 13, VLAN: 16, NAT: 14, DHCP: 13, QOS: 10, LIFE: 4 }
    for (const family of FAMILIES) {
      const numbers = Array.from({ length: counts[family] }, (_, index) => String(index + 1).padStart(2, '0'))
      const wanted = numbers.map((number) => `${family}-${number}`)
      expect(REQUIREMENTS.filter((row) => row.family === family).map(({ id }) => id)).toEqual(wanted)
    }
  })

  it.each(REQUIREMENTS)(
    '$id has a title of one line, a source and a scenario',
    ({ title, rule, source, scenarios }) => {
      expect(title).toMatch(/^\S.{9,88}[^\s.]$/)
      expect(rule).toMatch(/^\S.+[.)]$/)
      expect(source).toMatch(/^the article, (1\.2|1\.3\.[123](\.[12])?|2)(; \S.*)?$/)
      expect(scenarios.length).toBeGreaterThan(0)
      expect(new Set(scenarios).size).toBe(scenarios.length)
    },
  )

  it.each([
    ['TAP-01', ['bridged']],
    ['BR-13', ['bridged']],
    ['VLAN-01', ['port-vlan']],
    ['VLAN-02', ['port-vlan']],
    ['VLAN-07', ['vlan', 'port-vlan']],
    ['VLAN-12', ['port-vlan']],
    ['VLAN-13', ['vlan']],
    ['NAT-14', ['nat']],
    ['DHCP-08', ['nat']],
    ['DHCP-09', ['bridged']],
    ['DHCP-10', ['vlan']],
    ['QOS-08', ['shaped']],
    ['LIFE-01', ['bridged', 'vlan']],
    ['LIFE-02', ['bridged', 'vlan']],
    ['LIFE-03', ALL_SCENARIOS],
    ['LIFE-04', ALL_SCENARIOS],
  ])('judges %s in its scenarios', (id, scenarios) => {
    expect(findRequirement(id).scenarios).toEqual(scenarios)
  })
})

describe('selectRequirements', () => {
  it('selects everything where nothing is named', () => {
    expect(selectRequirements([])).toBe(REQUIREMENTS)
  })

  it.each(['LIFE', 'LIFE-', 'life'])('selects the family %s', (name) => {
    expect(ids([name])).toEqual(['LIFE-01', 'LIFE-02', 'LIFE-03', 'LIFE-04'])
  })

  it('selects each once, in the catalogue’s order', () => {
    expect(ids(['VLAN-13', 'vlan-03', 'TAP-02', 'VLAN-13', 'TAP'])).toEqual([
      ...ids(['TAP']),
      'VLAN-03',
      'VLAN-13',
    ])
  })

  it.each([
    ['VLAN-31', 'VLAN-11'],
    ['VLN', 'VLAN'],
    ['DHPC-1', 'DHCP-01'],
    ['VLAN-1', 'VLAN-01'],
    ['tap_02', 'TAP-02'],
  ])('does not know %s, and names %s as near', (name, near) => {
    expect(() => selectRequirements([name])).toThrow(UnknownRequirementError)
    expect(() => selectRequirements([name])).toThrow(near)
  })

  it('names every unknown one in one line', () => {
    expect(() => selectRequirements(['VLAN-13', 'FOO', 'BR-99', ''])).toThrow(
      expect.objectContaining({ unknown: ['FOO', 'BR-99', ''], message: expect.not.stringContaining('\n') }),
    )
  })
})

describe('findRequirement', () => {
  it('finds one by its ID, and says what is near where there is none', () => {
    expect(findRequirement('VLAN-13').title).toBe('a broadcast stays in its VLAN on both hypervisors')
    expect(() => findRequirement('VLAN')).toThrow('unknown requirement "VLAN": did you mean VLAN-01, ')
  })
})
