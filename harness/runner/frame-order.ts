/** Frames of several ports as one sequence: by time, but those of one port as its capture gave them, whatever its clock did. */

interface Timed {
  port: string
  timestampNs: bigint
}

export function inOrder<T extends Timed>(frames: readonly T[]): readonly T[] {
  const latest = new Map<string, bigint>()
  const keyed = frames.map((frame) => {
    const before = latest.get(frame.port)
    const at = before !== undefined && before > frame.timestampNs ? before : frame.timestampNs
    latest.set(frame.port, at)
    return { frame, at }
  })
  keyed.sort((a, b) => (a.at === b.at ? 0 : a.at < b.at ? -1 : 1))
  return keyed.map(({ frame }) => frame)
}
