/** Who sends how much noise, and when: with a clock of the test's own, and ports that are none. */
import { constants } from 'node:os'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { SystemError } from '../port/libc.ts'
import { PartialSendError } from '../port/packet-socket.ts'
import { Noise } from './noise.ts'
import type { WindowPorts } from './window.ts'

const ASKED = 1000
const MARK = Uint8Array.of(2, 0x6e, 0x6f)

/** A port of a hub: what one sends, all carry. */
class Port {
  readonly port: string
  readonly hub: Port[]
  readonly tap: { name: string; namespace: string }
  readonly request: { interface: string; namespace: string }
  readonly timesMs: number[] = []
  marked = 0
  sent = 0
  isDown = false
  unread = 0
  #told = 0

  constructor(port: string, hub: Port[]) {
    this.port = port
    this.hub = hub
    this.tap = { name: `tap-${port}`, namespace: 'hv1' }
    this.request = { interface: port, namespace: 'hv1' }
    hub.push(this)
  }

  countFrom(): void {}
  drain(): void {}

  takeMarked(): number {
    const fresh = this.marked - this.#told
    this.#told = this.marked
    return fresh
  }

  send(): void {
    if (this.isDown) throw new SystemError('write', constants.errno.EIO, this.port)
    this.sent += 1
    for (const other of this.hub.filter((one) => !one.isDown)) {
      other.marked += 1
      other.unread += 1
      other.timesMs.push(performance.now())
    }
  }
}

/** Whether the agent goes first: the test’s own process must not. */
const precedence = {
  isTaken: false,
  take() {
    this.isTaken = true
  },
  leave() {
    this.isTaken = false
  },
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
})

interface Around {
  nics: readonly Port[]
  putAll(port: string, frames: readonly Uint8Array[]): number
  drain(): void
  asked: number
}

function noiseAt(
  ports: readonly Port[],
  { nics = [], putAll = () => 0, drain = () => undefined, asked = ASKED }: Partial<Around> = {},
): Noise {
  const named = (some: readonly Port[]) => new Map(some.map((port) => [port.port, port]))
  const statesOf = () => nics.map(() => ({ exists: true, up: true, carrier: true }))
  const lent = { nics: named(nics), guests: named(ports), statesOf, putAll } as unknown as WindowPorts
  const noise = new Noise(lent, precedence, drain)
  const sources = [...ports, ...nics].map(({ port }) => ({ port, frames: [new Uint8Array(60)] }))
  noise.make({ framesPerSecond: asked, sources, mark: MARK })
  return noise
}

/** How many frames passed in each stretch of so many ms. */
function perStretch({ timesMs }: Port, stretchMs: number, fromMs: number, untilMs: number): number[] {
  const stretches = Math.floor((untilMs - fromMs) / stretchMs)
  return Array.from({ length: stretches }, (_, at) => {
    const begin = fromMs + at * stretchMs
    return timesMs.filter((time) => time >= begin && time < begin + stretchMs).length
  })
}

describe('a port', () => {
  test('carries what was asked, in few frames at a time', () => {
    const port = new Port('a', [])
    noiseAt([port])
    const begin = performance.now()
    vi.advanceTimersByTime(2000)
    expect(port.sent).toBeGreaterThanOrEqual(2 * ASKED)
    expect(port.sent).toBeLessThanOrEqual(2 * ASKED * 1.05)
    for (const count of perStretch(port, 20, begin, begin + 2000)) {
      expect(count).toBeGreaterThanOrEqual(10)
      expect(count).toBeLessThanOrEqual(30)
    }
  })

  test('behind a pause catches up bit by bit, not at once', () => {
    const port = new Port('a', [])
    const noise = noiseAt([port])
    vi.advanceTimersByTime(500)
    const before = port.sent
    const now = performance.now()
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now + 1000)
    noise.turn()
    expect(port.sent - before).toBeGreaterThan(0)
    expect(port.sent - before).toBeLessThanOrEqual(ASKED * 0.258)
    clock.mockRestore()
  })

  test('that is down is owed nothing', () => {
    const port = new Port('a', [])
    noiseAt([port])
    port.isDown = true
    vi.advanceTimersByTime(1000)
    expect(port.sent).toBe(0)
    port.isDown = false
    vi.advanceTimersByTime(1000)
    expect(port.sent).toBeLessThanOrEqual(ASKED * 1.1)
    expect(port.sent).toBeGreaterThanOrEqual(ASKED * 0.9)
  })
})

describe('ports that hear each other', () => {
  test('carry what was asked, and not as many times as much; each sends some', () => {
    const hub: Port[] = []
    const ports = ['a', 'b', 'c', 'd', 'e'].map((name) => new Port(name, hub))
    const noise = noiseAt(ports)
    vi.advanceTimersByTime(2000)
    for (const port of ports) {
      expect(port.marked).toBeGreaterThanOrEqual(2 * ASKED)
      expect(port.marked).toBeLessThanOrEqual(2 * ASKED * 1.1)
      expect(port.sent).toBeGreaterThan(0.05 * 2 * ASKED)
    }
    const told = new Map(noise.take().map((one) => [one.port, one]))
    for (const { port, sent, marked } of ports)
      expect(told.get(port)).toMatchObject({ sent, carried: marked })
  })

  test('behind a pause catch up together, not each for itself', () => {
    const hub: Port[] = []
    const ports = ['a', 'b', 'c', 'd', 'e'].map((name) => new Port(name, hub))
    const noise = noiseAt(ports)
    vi.advanceTimersByTime(500)
    const before = ports[0]?.marked ?? 0
    const now = performance.now()
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now + 1000)
    noise.turn()
    clock.mockRestore()
    const caughtUp = (ports[0]?.marked ?? 0) - before
    expect(caughtUp).toBeGreaterThan(ASKED * 0.2)
    expect(caughtUp).toBeLessThanOrEqual(ASKED * 0.258 * 2) // and each its own share
  })

  test('carry what was asked where turns are as rare as every 200 ms', () => {
    const port = new Port('a', [])
    const noise = noiseAt([port])
    vi.clearAllTimers()
    for (let turn = 0; turn < 50; turn += 1) {
      vi.advanceTimersByTime(200)
      noise.turn()
    }
    expect(port.sent).toBeGreaterThanOrEqual(ASKED * 49 * 0.2)
  })

  test.each([1000, 50_000])('are read before their queues overflow: %i a second', (asked) => {
    const hub: Port[] = []
    const ports = Array.from({ length: 24 }, (_, at) => new Port(String(at), hub))
    let mostUnread = 0
    const drain = () => {
      for (const port of ports) {
        mostUnread = Math.max(mostUnread, port.unread)
        port.unread = 0
      }
    }
    const noise = noiseAt(ports, { drain, asked })
    vi.clearAllTimers()
    for (let turn = 0; turn < 15; turn += 1) {
      vi.advanceTimersByTime(turn % 7 === 0 ? 2000 : 20)
      noise.turn()
    }
    expect(mostUnread).toBeGreaterThan(0)
    expect(mostUnread).toBeLessThan(600)
  })

  test('are filled by those that are left', () => {
    const hub: Port[] = []
    const [a, b] = [new Port('a', hub), new Port('b', hub)]
    noiseAt([a, b])
    b.isDown = true
    vi.advanceTimersByTime(1000)
    expect(a.sent).toBeGreaterThanOrEqual(ASKED)
    expect(b.marked).toBe(0)
  })
})

describe('a NIC', () => {
  test('is handed a turn’s frames together', () => {
    const nic = new Port('eth0', [])
    const lots: number[] = []
    const putAll = (_port: string, frames: readonly Uint8Array[]) => {
      lots.push(frames.length)
      for (const _ of frames) nic.send()
      return frames.length
    }
    const noise = noiseAt([], { nics: [nic], putAll })
    vi.advanceTimersByTime(1000)
    expect(nic.marked).toBeGreaterThanOrEqual(ASKED)
    expect(nic.marked).toBeLessThanOrEqual(ASKED * 1.1)
    expect(Math.max(...lots)).toBeGreaterThan(1)
    expect(noise.take()).toMatchObject([{ port: 'eth0', sent: nic.sent, carried: nic.marked }])
  })

  test.each([
    ['takes no more for now', (taken: number) => taken],
    [
      'breaks off',
      (taken: number): number => {
        throw new PartialSendError('sendmmsg', constants.errno.ENOBUFS, 'eth0', taken, taken + 1)
      },
    ],
  ])('that %s has sent what it took, and is asked for the rest', (_, end) => {
    const nic = new Port('eth0', [])
    const putAll = (_port: string, frames: readonly Uint8Array[]) => {
      if (frames.length < 3) throw new SystemError('sendmmsg', constants.errno.ENOBUFS, 'eth0')
      for (const _ of frames.slice(1)) nic.send()
      return end(frames.length - 1)
    }
    const noise = noiseAt([], { nics: [nic], putAll })
    vi.advanceTimersByTime(500)
    expect(nic.sent).toBeGreaterThan(0)
    expect(noise.take()).toMatchObject([{ sent: nic.sent, carried: nic.sent }])
  })
})

test('a guest hears at its TAP what its cable carries, before it has read anything', () => {
  const guest = new Port('red1', [])
  const tap = new Port('tap-red1', [])
  guest.send = () => {
    guest.sent += 1
    tap.marked += 1
  }
  noiseAt([guest], { nics: [tap] })
  vi.advanceTimersByTime(1000)
  expect(guest.marked).toBe(0)
  expect(tap.marked).toBeGreaterThanOrEqual(ASKED)
  expect(tap.marked).toBeLessThanOrEqual(ASKED * 1.1)
})

test('what passes while a window is open is told of by itself', () => {
  const port = new Port('a', [])
  const noise = noiseAt([port])
  vi.advanceTimersByTime(400)
  noise.atWindow(true)
  const before = port.marked
  vi.advanceTimersByTime(300)
  noise.atWindow(false)
  const carried = port.marked - before
  vi.advanceTimersByTime(200)
  expect(carried).toBeGreaterThan(200)
  expect(noise.take()).toEqual([
    { port: 'a', sent: port.sent, carried: port.marked, upMs: 900, inWindows: { carried, upMs: 300 } },
  ])
})

test('nobody makes noise any more when it is over', () => {
  const port = new Port('a', [])
  const noise = noiseAt([port])
  vi.advanceTimersByTime(100)
  expect(precedence.isTaken).toBe(true)
  noise.make(null)
  expect(precedence.isTaken).toBe(false)
  const { sent } = port
  vi.advanceTimersByTime(1000)
  noise.turn()
  expect(port.sent).toBe(sent)
})
