/**
 * Reading what guests' devices hold, as VMs do all the time, else their TAPs' queues fill. A system call is dear where
 * the kernel is a process (User Mode Linux): which devices hold something is asked once for all of them, and what was
 * read together gets one time.
 */
import { type GuestCapture, now } from './capture.ts'
import { awaitInput } from './poll.ts'

/** Of one device at a time, lest the time that they get be much later than they came. */
const MOST_TOGETHER = 32

export function drainGuests(guests: readonly GuestCapture[]): void {
  const inputs = guests.flatMap((guest) => guest.descriptors.map((fd) => ({ fd, guest })))
  const descriptors = inputs.map(({ fd }) => fd)
  // At most one frame has come to each, as a rule: one read does, and the first look behind it tells.
  for (let most = 1; ; most = MOST_TOGETHER) {
    const ready = awaitInput(descriptors, 0)
    const readyInputs = ready.flatMap((index) => inputs[index] ?? [])
    const counts = readyInputs.map(({ guest, fd }) => readSome(guest, fd, most))
    if (counts.every((count) => count === 0)) return // a device has an error to tell: whoever writes is told
    const { seconds, nanoseconds } = now()
    for (const { guest } of readyInputs) guest.stampRead(seconds, nanoseconds)
  }
}

function readSome(guest: GuestCapture, fd: number, most: number): number {
  let count = 0
  while (count < most && guest.readFrom(fd)) count += 1
  return count
}
