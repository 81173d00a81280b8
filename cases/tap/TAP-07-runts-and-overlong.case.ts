/**
 *   octets of a frame, its tag not counted (MTU 1500, header 14):
 *
 *   1 ……… 13   14 ……………… 1514   1515 ……………… 1518       1519 ………
 *   refused    carried          whole or not at all   never bridged
 *
 * A write that is too short to be a frame is refused by the device. A frame with up to MTU octets of payload is carried
 * from one VM to another, on one hypervisor and across two. A longer one is never bridged: no port of another VM and no
 * physical port carries it; but in between, where a Linux bridge allows for a tag, it may be carried, whole, and the
 * report says which is the longest that was. Nothing is cut or padded: what is carried is compared octet by octet, and a
 * part of what must not be would be known by its signature.
 *
 * Source: the article, 1.2; IEEE 802.3, 3.2 and 3.2.7; the kernel's Documentation/networking/tuntap.rst.
 */
import {
  ETHER_TYPE,
  EVERYBODY,
  exactly,
  expect,
  experimental,
  requirement,
  tagged,
} from '../../harness/index.ts'

const LONGEST_OCTETS = 14 + 1500
const TAG_OCTETS = 4
const CARRIED = [60, 1000, LONGEST_OCTETS - 1, LONGEST_OCTETS]
const BETWEEN = [1, 2, 3, TAG_OCTETS].map((more) => LONGEST_OCTETS + more)
const OVERLONG = [1, 2, TAG_OCTETS, 100, 1000, 7500].map((more) => LONGEST_OCTETS + TAG_OCTETS + more)

requirement('TAP-07', 'a runt is refused by the device', async ({ lab, window }) => {
  for (const guest of lab.everyGuest) {
    const whole = experimental({ from: guest, to: EVERYBODY }).build(new Uint8Array(16))
    const runts = [1, 6, 12, 13].map((size) => exactly(whole.slice(0, size), `a runt of ${size} octets`))

    const seen = await window({}, async (w) => {
      for (const runt of runts) await w.inject(guest, runt)
    })

    for (const runt of runts) {
      const answer = seen.refusalOf(runt) ?? 'taken'
      expect(answer, `the answer when ${guest.name} writes ${runt.summary}`).toContain('EINVAL')
    }
  }
})

requirement('TAP-07', 'what is too long is carried whole or not at all', async ({ lab, window, measure }) => {
  const { red1, red2, red3, blue2 } = lab.guests
  const cables = ['hv1', 'hv2'].flatMap((name) => lab.cable(name))
  const tag = { tpid: ETHER_TYPE.dot1q, vid: red1.vid, pcp: 0, dei: false }
  for (const tags of [[], [tag]]) {
    let longest = Number.POSITIVE_INFINITY
    for (const [from, to] of [
      [red1, red2],
      [red1, red3],
      [blue2, red1],
      [blue2, red3],
    ] as const) {
      const frame = (sizeOctets: number, dst: { mac: string } = to) =>
        tagged(experimental({ from, to: dst, sizeOctets }), ...tags)
      const carried = CARRIED.map((size) => frame(size))
      const between = BETWEEN.map((size) => ({ size, frame: frame(size) }))
      const overlong = OVERLONG.flatMap((size) => [frame(size), frame(size, EVERYBODY)])
      const marker = experimental({ from, to })
      const way = from.hypervisor === to.hypervisor ? [to.port] : [...cables, to.port]
      const others = lab.everyGuest.filter((guest) => guest !== from).map(({ port }) => port)

      const seen = await window({}, async (w) => {
        await w.inject(from, ...carried, ...between.map((each) => each.frame), ...overlong)
        await w.proveDelivery({ of: [...carried, ...between.map((each) => each.frame)], at: way, marker })
        await w.proveAbsence({ of: overlong, at: [...others, ...cables], marker })
      })

      for (const port of way) {
        for (const each of carried) expect(seen.at(port)).toCarry(each, { times: 1 })
        for (const each of between) expect(seen.at(port)).toCarryIfAtAll(each.frame)
      }
      for (const port of [...others, ...cables])
        for (const each of overlong) expect(seen.at(port)).not.toCarry(each)
      const came = between.filter((each) => seen.at(to.port).carried(each.frame).length > 0)
      longest = Math.min(longest, Math.max(LONGEST_OCTETS, ...came.map(({ size }) => size)))
    }
    const name = tags.length === 0 ? 'longestUntaggedOctets' : 'longestTaggedOctets'
    measure(name, { value: longest + tags.length * TAG_OCTETS })
  }
})
