/** A run that is ended in the middle, by whatever means, leaves nothing behind. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { start, survivors, traces } from '../testing/program.ts'

/** How often each signal is tried, at moments spread over a run; FRAMEPROOF_MOMENTS=20 for more. */
const MOMENTS = Number(process.env.FRAMEPROOF_MOMENTS ?? 3)
const LONGEST_MS = 7000
/** Before its first line of code runs, a signal ends the program as any other. */
const NODE_STARTS_MS = 1000

describe.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  const moments = Array.from({ length: MOMENTS }, (_, index) => {
    const share = (index + Math.random()) / MOMENTS
    return Math.round(share * LONGEST_MS)
  })
  test.each(moments)('after %d ms', { timeout: 60_000 }, async (afterMs) => {
    const before = traces()
    const run = start(['run', 'VLAN-13', 'TAP-02', 'VLAN-05', 'VLAN-03'])
    const timer = setTimeout(() => run.child.kill(signal), afterMs)
    const ended = await run.ended
    clearTimeout(timer)
    try {
      expect(await survivors(run.mark)).toEqual([])
      if (ended.status === 0) return // it was quicker
      if (signal === 'SIGKILL') return expect(ended.signal).toBe('SIGKILL')
      if (ended.signal !== null) return expect(afterMs).toBeLessThan(NODE_STARTS_MS)
      expect(ended.status, ended.stderr).toBe(130)
      const results = join(run.reportFolder, 'results.json')
      if (!existsSync(results)) return expect(ended.stdout).toBe('') // before it had begun
      expect(JSON.parse(readFileSync(results, 'utf8')).interrupted).toBe(true)
      expect(ended.stdout).toContain('interrupted')
    } finally {
      rmSync(run.reportFolder, { recursive: true, force: true })
      expect(traces()).toEqual(before)
    }
  })
})
