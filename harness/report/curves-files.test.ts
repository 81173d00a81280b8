import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { limiterCurves, measureLimiter } from '../proof/index.ts'
import { paced, shape, trafficFrom } from '../proof/rates/testing/limiters.ts'
import { curvesFiles, writeCurves } from './curves-files.ts'

it('each measurement has a file of its own, however alike their names', () => {
  const names = ['10 Mbit/s, frames of 128 octets', '10 Mbit/s; frames of 128 octets!', 'é', '../../etc']
  expect([...curvesFiles(names).values()]).toEqual([
    'rate-10-mbit-s-frames-of-128-octets.svg',
    'rate-10-mbit-s-frames-of-128-octets-2.svg',
    'rate.svg',
    'rate-etc.svg',
  ])
})

it('they are written beside the evidence', () => {
  const folder = mkdtempSync(join(tmpdir(), 'curves-'))
  try {
    const limit = { rateBitsPerSecond: 10e6, burstOctets: 32_768 }
    const offered = trafficFrom(paced({ rateBitsPerSecond: 20e6, frameOctets: 1514, durationNs: 5e8 }))
    const measurement = measureLimiter({ offered, left: shape(offered, limit), limit })
    writeCurves(folder, { 'ten & more': limiterCurves(measurement) })
    expect(readdirSync(folder)).toEqual(['rate-ten-more.svg'])
    expect(readFileSync(join(folder, 'rate-ten-more.svg'), 'utf8')).toContain('ten &amp; more</title>')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
