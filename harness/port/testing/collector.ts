/** Keeps what a capture hands over, and tells when it has what a test waits for. For tests only. */
import type { CapturedFrame } from '../capture-backend.ts'

const DEADLINE_MS = 20_000

export interface KeptFrame extends CapturedFrame {
  octets: Buffer
}

export class Collector {
  readonly frames: KeptFrame[] = []
  #awaited = { count: Number.POSITIVE_INFINITY, resolve: (): void => undefined }

  readonly onFrame = (frame: CapturedFrame): void => {
    this.frames.push({ ...frame, octets: Buffer.from(frame.octets) })
    if (this.frames.length >= this.#awaited.count) this.#awaited.resolve()
  }

  /** The frames, once there are so many. */
  async have(count: number): Promise<readonly KeptFrame[]> {
    if (this.frames.length >= count) return this.frames
    await new Promise<void>((resolve, reject) => {
      const late = (): void =>
        reject(new Error(`${this.frames.length} of ${count} frames after ${DEADLINE_MS} ms`))
      const timer = setTimeout(late, DEADLINE_MS)
      this.#awaited = {
        count,
        resolve: () => {
          clearTimeout(timer)
          resolve()
        },
      }
    })
    return this.frames
  }

  get hex(): readonly string[] {
    return this.frames.map(({ octets }) => octets.toString('hex'))
  }
}
