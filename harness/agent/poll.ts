/** Which descriptors have something to be read: asked once for all. Source: poll(2). */
import { constants } from 'node:os'
import { checked, libc } from '../port/libc.ts'

const POLLIN = 1
const SIZEOF_POLLFD = 8

/** Waits until one of these has something to be read, at most so long. Returns which, by their places. */
export function awaitInput(descriptors: readonly number[], deadlineMs: number): readonly number[] {
  const set = Buffer.alloc(descriptors.length * SIZEOF_POLLFD)
  descriptors.forEach((fd, index) => {
    set.writeInt32LE(fd, index * SIZEOF_POLLFD)
    set.writeInt16LE(POLLIN, index * SIZEOF_POLLFD + 4)
  })
  const count = libc().poll(set, descriptors.length, deadlineMs)
  if (count < 0 && libc().errno() !== constants.errno.EINTR) checked(count, 'poll', 'the ports of a window')
  if (count <= 0) return []
  return [...descriptors.keys()].filter((index) => set.readInt16LE(index * SIZEOF_POLLFD + 6) !== 0)
}
