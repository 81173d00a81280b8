/** What is said of background noise, in words. */
import type { NoiseAtPortResult, NoiseRates, NoiseResult } from './results.ts'

/** What each port carried, and plainly if that was not what was asked. */
export function noiseInWords(noise: NoiseResult): string {
  const { askedFramesPerSecond: asked, reached, framesPerSecond, framesPerSecondInWindows, ports } = noise
  const wanted = `noise: ${asked} frames/s asked at every port`
  if (framesPerSecond === null) return `${wanted}, and none was made`
  const whileOpen =
    framesPerSecondInWindows === null ? '' : `; while windows were open: ${inWords(framesPerSecondInWindows)}`
  const measured = `${wanted}; carried: ${inWords(framesPerSecond)}${whileOpen}`
  if (reached) return measured
  const short = ports.filter((port) => leastOf(port) < asked)
  const [worst] = short.toSorted((a, b) => leastOf(a) - leastOf(b))
  const example = worst === undefined ? '' : `: ${exampleOf(worst)}`
  return `${measured}\nNOT REACHED at ${short.length} of ${ports.length} ports${example}`
}

function inWords({ min, median, max }: NoiseRates): string {
  return `${min} at least, median ${median}, ${max} at most`
}

function leastOf({ framesPerSecond, inWindows }: NoiseAtPortResult): number {
  return Math.min(framesPerSecond, inWindows.framesPerSecond ?? framesPerSecond)
}

function exampleOf(port: NoiseAtPortResult): string {
  const least = leastOf(port)
  const when = least < port.framesPerSecond ? ' while windows were open' : ''
  return `${port.port} in ${port.scenario} carried ${least}${when}`
}
