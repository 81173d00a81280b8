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
  for (let round = 0; readGuests(guests, round); round += 1);
}

/**
 * One look at all of them; returns whether there was any frame. As a rule at most one has come to each: the first round
 * reads no more, and whether there are more the next one's look tells.
 */
export function readGuests(guests: readonly GuestCapture[], round: number): boolean {
  const inputs = guests.flatMap((guest) => guest.descriptors.map((fd) => ({ fd, guest })))
  const descriptors = inputs.map(({ fd }) => fd)
  const ready = awaitInput(descriptors, 0).flatMap((index) => inputs[index] ?? [])
  const most = round === 0 ? 1 : MOST_TOGETHER
  const counts = ready.map(({ guest, fd }) => readSome(guest, fd, most))
  if (counts.every((count) => count === 0)) return false // a device has an error to tell: whoever writes is told
  const { seconds, nanoseconds } = now()
  for (const { guest } of ready) guest.stampRead(seconds, nanoseconds)
  return true
}

function readSome(guest: GuestCapture, fd: number, most: number): number {
  let count = 0
  while (count < most && guest.readFrom(fd)) count += 1
  return count
}
