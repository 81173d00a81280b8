/**
 *   silent --[ red2 ]--tap-red2--( hv1 )==eth0==( sw1 )==eth0==( hv2 )--tap-blue2--[ blue2 ]-- silent
 *            [ red1 ]--tap-red1--(     )                       (     )--tap-red3---[ red3  ]
 *            [ blue1 ]-tap-blue1-(     )
 *
 * Behind red2, and behind blue2, is a station that says one thing and then falls silent. The ageing time is set to 1 s.
 * Half of it later what red1 and red3 send to the station still goes to it alone. When the time has passed, it goes to
 * every other port as well: on the way from one hypervisor to the other on both; between two VMs of one hypervisor
 * there and out of its physical port, behind which the physical switch, with its own and longer time, drops it.
 *
 * Source: the article, 1.3.2.1; IEEE 802.1Q, 8.8.3 (dynamic filtering entries, ageing time).
 */
import {
  type CaseContext,
  EVERYBODY,
  expect,
  experimental,
  type Guest,
  gratuitousArp,
  type Port,
  requirement,
  type Seen,
  type Stimulus,
  stranger,
} from '../../harness/index.ts'

const AGEING_MS = 1000
const STILL_KNOWN_MS = 500
const FORGOTTEN_MS = 1300

requirement('BR-08', 'a silent MAC address is forgotten after the ageing time', async (context) => {
  const ageing = { ageingSeconds: AGEING_MS / 1000 }
  await context.lab.withPlan('hv1', ageing, () =>
    context.lab.withPlan('hv2', ageing, () => isForgotten(context)),
  )
})

async function isForgotten({ lab, window }: CaseContext): Promise<void> {
  const { red1, red2, red3, blue2 } = lab.guests
  const hosts = [
    { host: red2, station: stranger(801), hello: gratuitousArp({ from: stranger(801) }) },
    { host: blue2, station: stranger(802), hello: gratuitousArp({ from: stranger(802) }) },
  ]
  const ways = hosts.flatMap((silent) =>
    [red1, red3].map((asker) => ({
      ...{ ...silent, asker, others: othersBetween(lab, asker, silent.host) },
      early: experimental({ from: asker, to: silent.station }),
      late: experimental({ from: asker, to: silent.station }),
    })),
  )

  const known = await window({}, async (w) => {
    for (const { host, hello } of hosts) {
      await w.inject(host, hello)
      await w.proveDelivery({ of: hello, at: [red1.port, red3.port] })
    }
    await w.pass(STILL_KNOWN_MS)
    for (const { asker, early } of ways) await w.inject(asker, early)
    for (const { asker, host, early, others } of ways) {
      const marker = experimental({ from: asker, to: host })
      await w.proveDelivery({ of: early, at: [host.port], marker })
      await w.proveAbsence({ of: early, at: others, marker })
    }
  })
  const silentMs = ways.map(
    ({ host, hello, asker, early }) => sentAtMs(known, asker, early) - sentAtMs(known, host, hello),
  )
  if (silentMs.some((ms) => ms >= AGEING_MS)) throw new Error(`the lab paused: silent for ${silentMs} ms`)
  for (const { host, early, others } of ways) {
    expect(known.at(host.port)).toCarry(early, { times: 1 })
    for (const port of others) expect(known.at(port)).not.toCarry(early)
  }

  const forgotten = await window({}, async (w) => {
    await w.pass(FORGOTTEN_MS - STILL_KNOWN_MS)
    for (const { asker, late } of ways) await w.inject(asker, late)
    for (const { asker, host, late, others } of ways) {
      const marker = experimental({ from: asker, to: EVERYBODY })
      await w.proveDelivery({ of: late, at: [host.port, ...others], marker })
    }
  })
  for (const { host, late, others } of ways) {
    for (const port of [host.port, ...others]) expect(forgotten.at(port)).toCarry(late, { times: 1 })
  }
}

/** The other ports to which the hypervisors on the way flood what they do not know. */
function othersBetween(lab: CaseContext['lab'], asker: Guest, host: Guest): readonly Port[] {
  const others = lab.everyGuest.filter((guest) => guest !== asker && guest !== host)
  if (asker.hypervisor !== host.hypervisor) return others.map(({ port }) => port)
  const own = others.filter(({ hypervisor }) => hypervisor === host.hypervisor)
  return [...own.map(({ port }) => port), lab.trunk(host.hypervisor)]
}

/** As the kernel timed it; not a number where it was never seen, which is judged elsewhere. */
function sentAtMs(seen: Seen, from: Guest, frame: Stimulus): number {
  const [sent] = seen.from(from.port).carried(frame)
  return sent === undefined ? Number.NaN : Number(sent.timestampNs) / 1e6
}
