/** The curves of limiters as pictures beside the evidence: a file each, named by what was measured. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LimiterCurves } from '../proof/index.ts'
import { limiterSvg } from './limiter-plot.ts'

export function writeCurves(folder: string, curves: Readonly<Record<string, LimiterCurves>>): void {
  const names = curvesFiles(Object.keys(curves))
  for (const [name, one] of Object.entries(curves))
    writeFileSync(join(folder, names.get(name) ?? ''), limiterSvg(name, one), { flag: 'wx' })
}

/** "10 Mbit/s, frames of 128 octets" is in `rate-10-mbit-s-frames-of-128-octets.svg`; alike ones are numbered. */
export function curvesFiles(names: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set<string>()
  const files = new Map<string, string>()
  for (const name of names) {
    const base = `rate-${name.toLowerCase()}`
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replace(/-$/, '')
      .slice(0, 100)
    let [file, count] = [`${base}.svg`, 1]
    while (taken.has(file)) {
      count += 1
      file = `${base}-${count}.svg`
    }
    taken.add(file)
    files.set(name, file)
  }
  return files
}
