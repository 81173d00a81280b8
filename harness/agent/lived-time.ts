/**
 * Time as this process lives it. On a machine that is busy with something else a pause of it says nothing about a
 * program that waits for the same CPU, so deadlines do not count it.
 */

/** A turn of waiting takes about as long as its timer says; one that took longer than this was a pause. */
export const LONGEST_TURN_MS = 50

/** Does this once so much has been lived through; returns what calls it off. */
export function afterLiving(ms: number, work: () => void): () => void {
  let leftMs = ms
  let before = performance.now()
  const turnMs = Math.min(ms, LONGEST_TURN_MS)
  const timer = setInterval(() => {
    const now = performance.now()
    leftMs -= Math.min(now - before, turnMs + LONGEST_TURN_MS)
    before = now
    if (leftMs > 0) return
    clearInterval(timer)
    work()
  }, turnMs)
  return () => clearInterval(timer)
}
