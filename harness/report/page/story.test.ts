/** What the page takes from a case's evidence; the evidence is of windows that no lab played. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Assertion, carries, carriesNot, experimental, type Seen } from '../../proof/index.ts'
import { RUN, type Trouble, windowOf } from '../../proof/testing/window.ts'
import { blue2, red1, red3, uplink1, world } from '../../proof/testing/world.ts'
import { encodeSignature } from '../../wire/index.ts'
import { OBSERVATIONS_FILE, writeEvidence } from '../evidence.ts'
import { WHERE_BROKEN } from './choose.ts'
import { changesBetween } from './flows.ts'
import { readCaseStory } from './story.ts'

const frame = experimental({ from: red1, to: red3, sizeOctets: 1000 })

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'frameproof-story-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function played(trouble: Trouble = {}): Promise<Seen> {
  return windowOf(async (w) => {
    await w.inject(red1, frame)
    await w.proveDelivery({ of: frame, at: [red3.port] })
    await w.proveAbsence({ of: frame, at: [blue2.port] })
  }, trouble)
}

function write(seen: Seen, assertions: readonly Assertion[]): void {
  const { frames, ...rest } = seen.record
  const windows = [{ ...rest, frames: { first: 1, count: frames.length } }]
  const observations = {
    run: RUN,
    caseNumber: 1,
    ports: world.ports,
    plans: { hv1: { vid: 10 } },
    windows,
    assertions,
  }
  const told = { title: 'VLAN-99', application: 'Frameproof', os: 'Linux', scenario: 'vlan' }
  writeEvidence(folder, { ...told, ...world, windows: [seen.record], assertions, observations })
}

describe('the story of a case', () => {
  it('shows where a frame was to come and never came, its way, and what changed on it', async () => {
    const seen = await played({
      capture: (hop, { role }) => (hop.port === red3.port.id && role !== 'control' ? [] : [hop]),
    })
    write(seen, [carriesNot(seen.at(blue2.port), frame), carries(seen.at(red3.port), frame, { times: 1 })])
    const { story, plans } = readCaseStory(folder, 'VLAN-99', 'vlan')
    const [flow] = story.flows
    expect(flow).toMatchObject({
      failedAt: { port: red3.port.id, wanted: 'there' },
      verdict: 'deviates',
      hopsLeftOut: 0,
    })
    const ports = flow?.hops.map((hop) => story.frames[hop.frame]?.port)
    expect(ports?.slice(0, 3)).toEqual([red1.nic.id, red1.port.id, uplink1.id])
    expect(ports).not.toContain(red3.port.id)
    const changed = flow?.hops.flatMap(({ changes }) =>
      changes.map(({ name, from, to }) => `${name} ${from} ${to}`),
    )
    expect(changed).toContain('VLAN tag untagged VID 10')
    expect(story.assertions.map(({ verdict, flow: at }) => [verdict, at])).toContainEqual(['deviates', 0])
    expect(JSON.parse(plans)).toEqual({ hv1: { vid: 10 } })
  })

  it('says that a frame came where it never must', async () => {
    const noise = [
      {
        port: blue2.port.id,
        direction: 'out',
        octets: frame.build(encodeSignature({ run: RUN, caseNumber: 1, number: 1 })),
      },
    ] as const
    const seen = await played({ noise })
    write(seen, [carriesNot(seen.at(blue2.port), frame)])
    const { story } = readCaseStory(folder, 'VLAN-99', 'vlan')
    expect(story.flows[0]?.failedAt).toEqual({ port: blue2.port.id, wanted: 'never there' })
    expect(story.frames.find(({ port }) => port === blue2.port.id)?.met).toEqual([0])
  })

  it('keeps the first octets of a frame, and says how many there were', async () => {
    const seen = await played({ health: { [red3.port.id]: { drops: 1 } } })
    write(seen, [carries(seen.at(red3.port), frame, {})])
    const { frames, drops, framesTotal } = readCaseStory(folder, 'VLAN-99', 'vlan').story
    const [first] = frames
    expect([Buffer.from(first?.octets ?? '', 'base64').length, first?.length]).toEqual([
      WHERE_BROKEN.octets,
      1000,
    ])
    expect([drops, framesTotal]).toEqual([1, seen.record.frames.length])
  })

  it.each([
    ['no JSON', '{'],
    ['something else', '{"run": "x"}'],
  ])('is refused where the observations are %s', async (_, text) => {
    const seen = await played()
    write(seen, [])
    writeFileSync(join(folder, OBSERVATIONS_FILE), text)
    expect(() => readCaseStory(folder, 'VLAN-99', 'vlan')).toThrow(/JSON|observations\.json: run/)
  })
})

describe('changes of a frame', () => {
  it('mark the octets that are other ones', () => {
    const before = Uint8Array.from({ length: 60 }, (_, at) =>
      at < 12 ? at : at < 14 ? ([0x88, 0xb5][at - 12] ?? 0) : 0,
    )
    const after = before.with(0, 9).with(30, 1)
    expect(changesBetween(before, before)).toEqual([])
    expect(changesBetween(before, after)).toEqual([
      { name: 'eth.dst', from: '00:01:02:03:04:05', to: '09:01:02:03:04:05', offset: 0, size: 6 },
      { name: 'payload', from: '0x00 at octet 16 of 46', to: '0x01 at octet 16 of 46', offset: 30, size: 1 },
    ])
  })
})
