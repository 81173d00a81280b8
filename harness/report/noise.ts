/** What is said of background noise, in words. */
import type { NoiseResult } from './results.ts'

/** What each port carried, and plainly if that was not what was asked. */
export function noiseInWords({ askedFramesPerSecond, reached, framesPerSecond, ports }: NoiseResult): string {
  const asked = `noise: ${askedFramesPerSecond} frames/s asked at every port`
  if (framesPerSecond === null) return `${asked}, and none was made`
  const { min, median, max } = framesPerSecond
  const measured = `${asked}; carried: ${min} at least, median ${median}, ${max} at most`
  if (reached) return measured
  const short = ports.filter((port) => port.framesPerSecond < askedFramesPerSecond)
  const least = short.find((port) => port.framesPerSecond === min)
  const example = least === undefined ? '' : `: ${least.port} in ${least.scenario} carried ${min}`
  return `${measured}\nNOT REACHED at ${short.length} of ${ports.length} ports${example}`
}
