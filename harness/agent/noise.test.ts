/** Who sends how much noise, and when: with a clock of the test's own, and ports that are none. */
import { constants } from 'node:os'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { SystemError } from '../port/libc.ts'
import { Noise } from './noise.ts'
import type { WindowPorts } from './window.ts'

const ASKED = 1000
const MARK = Uint8Array.of(2, 0x6e, 0x6f)

/** A port of a hub: what one sends, all carry. */
class Port {
  readonly port: string
  readonly hub: Port[]
  readonly timesMs: number[] = []
  marked = 0
  sent = 0
  isDown = false
  #told = 0

  constructor(port: string, hub: Port[]) {
    this.port = port
    this.hub = hub
    hub.push(this)
  }

  countFrom(): void {}

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
      other.timesMs.push(performance.now())
    }
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function noiseAt(ports: readonly Port[]): Noise {
  const guests = new Map(ports.map((port) => [port.port, port]))
  const lent = { nics: new Map(), guests, statesOf: () => [] } as unknown as WindowPorts
  const noise = new Noise(lent, () => undefined)
  const sources = ports.map(({ port }) => ({ port, frames: [new Uint8Array(60)] }))
  noise.make({ framesPerSecond: ASKED, sources, mark: MARK })
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
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now + 300)
    noise.turn()
    expect(port.sent - before).toBeGreaterThan(0)
    expect(port.sent - before).toBeLessThanOrEqual(26)
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

test('nobody makes noise any more when it is over', () => {
  const port = new Port('a', [])
  const noise = noiseAt([port])
  vi.advanceTimersByTime(100)
  noise.make(null)
  const { sent } = port
  vi.advanceTimersByTime(1000)
  noise.turn()
  expect(port.sent).toBe(sent)
})
