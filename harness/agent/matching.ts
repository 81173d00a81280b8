/** Frames of a window under way that match patterns: octets at places. Each frame is looked at once. */
import { type Pattern, type PatternPart, type PortId, visitFrames } from './messages/index.ts'

export class Matching {
  #missing: readonly Pattern[]
  readonly #framesAt: (port: PortId) => Uint8Array | undefined
  /** How far each port's frames were looked at. */
  readonly #lookedAt = new Map<PortId, number>()

  /** @param framesAt what came to a port since the window began; undefined: it is not captured */
  constructor(patterns: readonly Pattern[], framesAt: (port: PortId) => Uint8Array | undefined) {
    this.#missing = patterns
    this.#framesAt = framesAt
  }

  get missing(): readonly Pattern[] {
    return this.#missing
  }

  /** @param unsent numbers of frames to which nobody can answer */
  isOver(unsent: ReadonlySet<number>): boolean {
    for (const port of new Set(this.#missing.map((pattern) => pattern.port))) this.#lookAt(port)
    return this.#missing.every(({ number }) => unsent.has(number))
  }

  #lookAt(port: PortId): void {
    const block = this.#framesAt(port)
    if (block === undefined) return
    const end = visitFrames(block, this.#lookedAt.get(port) ?? 0, (octets, direction) => {
      const isLeft = (pattern: Pattern): boolean =>
        pattern.port !== port ||
        (pattern.direction !== null && pattern.direction !== direction) ||
        !matches(octets, pattern.parts)
      this.#missing = this.#missing.filter(isLeft)
    })
    this.#lookedAt.set(port, end)
  }
}

export function matches(frame: Uint8Array, parts: readonly PatternPart[]): boolean {
  return parts.every(({ at, octets }) => {
    const found = frame.subarray(at, at + octets.length)
    return found.length === octets.length && Buffer.compare(found, octets) === 0
  })
}
