/**
 *   [ red1 ]--tap-red1--X( hv1 )--eth0 == sw1 == eth0--( hv2 )X--tap-red3--[ red3 ]
 *
 * What a VM sends to a link-local group address is meant for the nearest bridge and goes no further: to no other VM and
 * not to the physical switch, 01-80-C2-00-00-01 to -0F alike; what the switch sends to one goes to no VM. Nor do messages
 * of the spanning tree (-00) of a VM go further, which would take part in the physical network's: neither untagged nor
 * with a customer's tag (the own VID, the other tenant's, the bridge's default, none), a service tag, or both.
 *
 * Source: the article, 1.3.2.1; IEEE 802.1D, table 7-10 (reserved addresses); IEEE 802.1Q, 8.6.3; IEEE 802.1D, 9.3.
 */
import {
  bpdu,
  type CaseContext,
  ETHER_TYPE,
  EVERYBODY,
  expect,
  experimental,
  type Guest,
  lldp,
  requirement,
  type Stimulus,
  stranger,
  tagged,
} from '../../harness/index.ts'

requirement('BR-09', 'link-local group addresses are not forwarded', async (context) => {
  for (const sender of context.lab.everyGuest) await staysThere(context, sender, toEachGroup(sender))
})

requirement('BR-09', 'nor are they when they come from the physical network', async ({ lab, window }) => {
  const from = stranger(609)
  const frames = toEachGroup(from)
  for (const hypervisor of ['hv1', 'hv2']) {
    const guests = lab.everyGuest.filter((guest) => guest.hypervisor === hypervisor)
    const ports = guests.map(({ port }) => port)
    const behind = experimental({ from, to: EVERYBODY })

    const seen = await window({ at: ports }, async (w) => {
      await w.put(lab.switchPort(hypervisor), ...frames, behind)
      await w.proveAbsence({ of: frames, at: ports, behind })
    })

    for (const frame of frames) for (const port of ports) expect(seen.at(port)).not.toCarry(frame)
  }
})

requirement('BR-09', 'BPDUs of a VM, tagged or not, stay with it', async (context) => {
  const vids = context.lab.everyGuest.map(({ vid }) => vid)
  for (const sender of context.lab.everyGuest) await staysThere(context, sender, bpdus(sender, vids))
})

async function staysThere(
  { lab, window }: CaseContext,
  sender: Guest,
  frames: readonly Stimulus[],
): Promise<void> {
  const others = lab.everyGuest.filter((guest) => guest !== sender)
  const cables = ['hv1', 'hv2'].flatMap((hypervisor) => lab.cable(hypervisor))
  const elsewhere = [...others.map(({ port }) => port), ...cables]

  const seen = await window({ at: elsewhere }, async (w) => {
    await w.inject(sender, ...frames)
    await w.proveAbsence({ of: frames, at: elsewhere })
  })

  for (const frame of frames) for (const port of elsewhere) expect(seen.at(port)).not.toCarry(frame)
}

/** To -01 up to -0F: with the protocol whose address it is, where that is a simple one. */
function toEachGroup(from: Pick<Guest, 'mac'>): readonly Stimulus[] {
  const macControl = 0x8808 // IEEE 802.3, 31.4
  const slowProtocols = 0x8809 // IEEE 802.3, 57A.4
  const portAccessControl = 0x888e // IEEE 802.1X, 11.1.4
  const usual: Readonly<Record<number, number>> = { 1: macControl, 2: slowProtocols, 3: portAccessControl }
  const groups = Array.from({ length: 0x0f }, (_, index) => index + 1)
  const frames = groups.map((group) => {
    const to = { mac: `01:80:c2:00:00:0${group.toString(16)}` }
    return experimental({ from, to, etherType: usual[group] ?? ETHER_TYPE.localExperimental })
  })
  return [...frames, lldp({ from })]
}

/** IEEE 802.1D, 9.3: configuration (of both protocols) and topology change. The usual one with all kinds of tags. */
function bpdus(from: Guest, vids: readonly number[]): readonly Stimulus[] {
  const message = bpdu({ from })
  const tag = (tpid: number, vid: number) => ({ tpid, vid, pcp: 7, dei: false })
  const [noVid, defaultVid] = [0, 1]
  const customers = [...new Set([...vids, noVid, defaultVid])].map((vid) => tag(ETHER_TYPE.dot1q, vid))
  const service = tag(ETHER_TYPE.dot1ad, from.vid)
  return [
    message,
    bpdu({ from, kind: 'rapid' }),
    bpdu({ from, kind: 'topology change notification' }),
    ...customers.map((customer) => tagged(message, customer)),
    tagged(message, service),
    ...customers.map((customer) => tagged(message, service, customer)),
  ]
}
