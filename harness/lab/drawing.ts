/**
 * Reads the drawing of a lab: what is wired to what is what the lines say, and nothing else is believed.
 *
 *   words    red1, tap-red1, eth0, sw1, outside
 *   boxes    [ hv1 ]: a hypervisor
 *   wires    - and = join sideways, | joins up and down, + all four; one space may stand between a wire and a word
 *
 * A wire joins two things; where it reaches a box or the switch, it may join any number of others to it.
 */
import { BadInput } from './bad-input.ts'
import { type Net, type Part, type Sheet, scan, wrong } from './drawing-scan.ts'

export const SWITCH = 'sw1'
export const OUTSIDE = 'outside'

export interface Drawing {
  hypervisors: readonly DrawnHypervisor[] // by name
  fabric: { switch: typeof SWITCH; outside: typeof OUTSIDE }
}

export interface DrawnHypervisor {
  name: string
  uplink: string
  guests: readonly DrawnGuest[] // by name
}

export interface DrawnGuest {
  name: string
  tap: string
}

/** What a wire joins: one hub (a box, the switch) with its spokes, or a guest with its TAP. */
interface Joint {
  hub: Part | null
  others: readonly Part[]
}

/** @throws {BadInput} naming line and column */
export function parseDrawing(text: string): Drawing {
  const sheet = scan(text)
  const wiring = new Wiring(sheet)
  for (const part of sheet.parts) refuseLoose(part, wiring)
  checkFabric(sheet, wiring)
  const boxes = sheet.parts.filter((part) => part.box)
  if (boxes.length === 0) throw new BadInput('the drawing has no hypervisor: draw one as [ hv1 ]')
  const hypervisors = boxes.map((box) => hypervisorOf(box, wiring)).sort(byName)
  refuseTwice(sheet, wiring)
  return { hypervisors, fabric: { switch: SWITCH, outside: OUTSIDE } }
}

/** red2 before red10. */
export function byName(a: { name: string }, b: { name: string }): number {
  return a.name.localeCompare(b.name, 'en', { numeric: true })
}

/** The joints of every part. */
class Wiring {
  readonly #joints = new Map<Part, Joint[]>()

  constructor(sheet: Sheet) {
    for (const net of sheet.nets) {
      const joint = jointOf(net)
      for (const part of net.parts) this.#joints.set(part, [...this.of(part), joint])
    }
  }

  of(part: Part): readonly Joint[] {
    return this.#joints.get(part) ?? []
  }

  /** What the part's wires join it to, and by which joint. */
  neighbours(part: Part): readonly { part: Part; joint: Joint }[] {
    return this.of(part).flatMap((joint) =>
      partsOf(joint).flatMap((other) => (other === part ? [] : [{ part: other, joint }])),
    )
  }
}

function jointOf(net: Net): Joint {
  const others = net.parts.filter((part) => !isHub(part))
  const [hub = null, another] = net.parts.filter(isHub)
  if (hub !== null && another !== undefined) {
    throw wrong(net.at, `the wire joins ${hub.name} and ${another.name} without a NIC's name between them`)
  }
  if (hub === null && others.length !== 2) {
    const names = others.map((part) => part.name).join(', ')
    throw wrong(
      net.at,
      `the wire joins ${names}: only at a hypervisor or ${SWITCH} has it more than two ends`,
    )
  }
  return { hub, others }
}

function isHub(part: Part): boolean {
  return part.box || part.name === SWITCH
}

function partsOf(joint: Joint): readonly Part[] {
  return joint.hub === null ? joint.others : [joint.hub, ...joint.others]
}

/** Every part is wired, and is a hub, at a hub, or next to a NIC that is. */
function refuseLoose(part: Part, wiring: Wiring): void {
  const joints = wiring.of(part)
  if (joints.length === 0) throw wrong(part, `${part.name} is connected to nothing`)
  if (isHub(part)) return
  if (joints.length > 2) throw wrong(part, `${part.name} is connected ${joints.length} times`)
  const isAtHub = joints.some((joint) => joint.hub !== null)
  const isNextToNic = wiring.neighbours(part).some((next) => wiring.of(next.part).some((j) => j.hub !== null))
  if (!isAtHub && !isNextToNic) throw wrong(part, `${part.name} leads to no hypervisor`)
}

function checkFabric(sheet: Sheet, wiring: Wiring): void {
  const [physical, second] = sheet.parts.filter((part) => part.name === SWITCH)
  if (physical === undefined) throw new BadInput(`the drawing has no physical switch, ${SWITCH}`)
  if (second !== undefined) throw wrong(second, `${SWITCH} is drawn twice`)
  if (physical.box) throw wrong(physical, `${SWITCH} is drawn as a hypervisor: write it without [ ]`)
  const outside = sheet.parts.find((part) => part.name === OUTSIDE)
  if (outside === undefined) throw new BadInput(`the drawing has no host ${OUTSIDE}, wired to ${SWITCH}`)
  const [joint, more] = wiring.of(outside)
  if (joint?.hub !== physical || more !== undefined)
    throw wrong(outside, `${OUTSIDE} has one wire, to ${SWITCH}`)

  for (const { part } of wiring.neighbours(physical)) {
    const isUplink = wiring.of(part).some((found) => found.hub?.box === true)
    if (part === outside || isUplink) continue
    throw wrong(part, `${part.name} is wired to ${SWITCH} and is no hypervisor's uplink`)
  }
}

function hypervisorOf(box: Part, wiring: Wiring): DrawnHypervisor {
  const uplinks: Part[] = []
  const guests: DrawnGuest[] = []
  for (const { part: nic } of wiring.neighbours(box)) {
    const joint = wiring.of(nic).find((found) => found.hub !== box)
    if (joint === undefined) throw wrong(nic, `${nic.name} leads from ${box.name} to nothing`)
    if (joint.hub?.box === true) {
      throw wrong(nic, `${nic.name} is a NIC of both ${box.name} and ${joint.hub.name}`)
    }
    if (joint.hub === null) guests.push({ name: guestOf(nic, joint, wiring), tap: nic.name })
    else uplinks.push(nic)
  }
  const [uplink, second] = uplinks
  if (uplink === undefined) throw wrong(box, `${box.name} has no uplink: wire a NIC of it to ${SWITCH}`)
  if (second !== undefined)
    throw wrong(second, `${box.name} has two uplinks, ${uplink.name} and ${second.name}`)
  return { name: box.name, uplink: uplink.name, guests: guests.sort(byName) }
}

function guestOf(nic: Part, joint: Joint, wiring: Wiring): string {
  const [guest] = joint.others.filter((part) => part !== nic)
  if (guest === undefined) throw wrong(nic, `${nic.name} leads to itself`)
  const another = wiring.of(guest).find((found) => found.hub !== null)?.hub
  if (another != null) {
    throw wrong(
      nic,
      `${nic.name} is wired to ${guest.name} of ${another.name}: hypervisors meet at ${SWITCH}`,
    )
  }
  if (wiring.of(guest).length > 1) throw wrong(guest, `${guest.name} is connected twice`)
  return guest.name
}

/** Only NICs of different hypervisors may share a name. */
function refuseTwice(sheet: Sheet, wiring: Wiring): void {
  const seen = new Set<string>()
  for (const part of sheet.parts) {
    const owner = wiring.of(part).find((joint) => joint.hub?.box === true)?.hub
    const name = owner === undefined || owner === part ? part.name : `${owner?.name} ${part.name}`
    if (seen.has(name)) throw wrong(part, `${part.name} is drawn twice`)
    seen.add(name)
  }
}
