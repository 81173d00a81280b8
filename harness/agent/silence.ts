/** Ends the agent when its controller is silent, for a network that is cut tells nobody. */
import type { Readable } from 'node:stream'

const LOOK_EVERY_MS = 1000
/** A controller beats every 2 s, and may be busy for a while. */
const LONGEST_SILENCE_MS = 15_000

/**
 * Silence counts only as this process lives it: a window may hold up everything for longer, and what came meanwhile is
 * read before the next look.
 */
export function endWhenSilent(input: Readable): void {
  let silentLooks = 0
  input.on('data', () => {
    silentLooks = 0
  })
  setInterval(() => {
    silentLooks += 1
    if (silentLooks * LOOK_EVERY_MS <= LONGEST_SILENCE_MS) return
    process.stderr.write('the controller has been silent for too long\n')
    process.exit(1)
  }, LOOK_EVERY_MS)
}
