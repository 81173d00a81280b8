/** Where a frame's way went wrong: the last hop at which all was well, and the first at which it was not. */
import { outermostVid } from './hop-order.ts'
import type { Hop } from './journey.ts'
import type { Assertion } from './judgement.ts'
import type { Guest, Port } from './world.ts'

/** Hops are those of the way that was asked about. */
export interface Place {
  /** The last hop at which all was well; null if there is none before. */
  before: Hop | null
  /** The first at which it was not; null if the frame was not seen any more. */
  wrong: Hop | null
  /** One sentence. */
  words: string
}

export interface PlaceQuestion {
  /** That failed. */
  assertion: Pick<Assertion, 'frames'> & { expected?: string; at?: string | undefined }
  /** The way of the frame that it is about. */
  hops: readonly Hop[]
  /** The guest, or the port, that sent it; null if nobody knows. */
  sender: string | null
  ports: readonly Port[]
  guests: readonly Pick<Guest, 'name' | 'tenant' | 'vid'>[]
  scenario: string
}

/** Null where there is no way to speak of. */
export function placeOf(question: PlaceQuestion): Place | null {
  const { assertion, hops, ports } = question
  if (hops.length === 0) return null
  const named = hops.find(({ frame }) => assertion.frames.includes(frame.frame))
  const [, at] = /^(\S+) carries all /.exec(assertion.expected ?? '') ?? []
  const isLost = at !== undefined && named !== undefined && named.frame.port !== at // named where it came in
  if (isLost && hops.every(({ frame }) => frame.port !== at)) return vanished(hops, { ...assertion, at })
  const wrong = leakIn(question) ?? named ?? null
  if (wrong === null) return vanished(hops, assertion)
  const before = hopBefore(hops, wrong, ports)
  return { before, wrong, words: `${between(before, wrong, ports)}.` }
}

/** Of one frame, on which several assertions may have failed: where it was wrong first. What came behind was wrong already. */
export function firstPlaceOf(
  assertions: readonly PlaceQuestion['assertion'][],
  question: Omit<PlaceQuestion, 'assertion'>,
): Place | null {
  const places = assertions.flatMap((assertion) => placeOf({ ...question, assertion }) ?? [])
  const rank = ({ wrong }: Place): number =>
    wrong === null ? question.hops.length : question.hops.indexOf(wrong)
  return [...places].sort((a, b) => rank(a) - rank(b))[0] ?? null
}

/** Whether the frame at this hop is the one that was wrong at an earlier one, or a copy of it. */
export function isWrongSince({ wrong }: Place, hop: Hop, { hops, ports }: BranchQuestion): boolean {
  return wrong !== null && hop !== wrong && branchTo(hop, { hops, ports }).includes(wrong)
}

type BranchQuestion = Pick<PlaceQuestion, 'hops' | 'ports'>

/** Of the way of a flooded frame the hops by which it came here, and no others. */
export function branchTo(hop: Hop, { hops, ports }: BranchQuestion): readonly Hop[] {
  const before = branchBefore(hop, hops.slice(0, hops.indexOf(hop)), ports)
  return before === undefined ? [hop] : [...branchTo(before, { hops, ports }), hop]
}

const VLAN_NIC = /\.(\d+)$/

function branchBefore(hop: Hop, earlier: readonly Hop[], ports: readonly Port[]): Hop | undefined {
  const portOf = ({ frame }: Hop): Port | undefined => ports.find(({ id }) => id === frame.port)
  const port = portOf(hop)
  const arrives = hop.frame.direction === 'in' || port?.kind === 'guest'
  const overCable = arrives ? earlier.filter(({ frame }) => frame.port === port?.wiredTo) : []
  if (overCable.length > 0) return sameOrLast(hop, overCable)
  const leavesMachine = port?.kind === 'uplink' && hop.frame.direction === 'out'
  const onMachine = earlier.filter((other) => {
    const { kind, node, interface: nic } = portOf(other) ?? {}
    if (node !== port?.node || kind === 'guest') return false
    if (other.frame.direction === 'in') return true
    return kind === 'inner' && (leavesMachine || !VLAN_NIC.test(nic ?? '')) // by the others it left
  })
  if (!leavesMachine) return sameOrLast(hop, onMachine)
  const vid = outermostVid(hop.frame.octets)
  const byItsNic = onMachine.findLast(
    (other) => VLAN_NIC.exec(portOf(other)?.interface ?? '')?.[1] === String(vid),
  )
  return byItsNic ?? onMachine.findLast((other) => !VLAN_NIC.test(portOf(other)?.interface ?? ''))
}

/** A switch carries copies with several VIDs side by side. */
function sameOrLast(hop: Hop, candidates: readonly Hop[]): Hop | undefined {
  const isSame = ({ frame }: Hop): boolean => Buffer.compare(frame.octets, hop.frame.octets) === 0
  return candidates.findLast(isSame) ?? candidates.at(-1)
}

/** It was seen, and not where it was expected. */
function vanished(hops: readonly Hop[], { at }: PlaceQuestion['assertion']): Place | null {
  const last = hops.findLast(({ frame }) => frame.port.includes(':')) ?? hops.at(-1) ?? null
  if (last === null) return null
  const never = at === undefined ? 'behind that it is missing' : `it never came to ${at}`
  return { before: last, wrong: null, words: `It was seen last ${placeIn(last)}: ${never}.` }
}

/** "Inside hv2: at hv2:eth0.10 (frame 472) it still was as it should be, the next hop is at hv2:eth0.20 (frame 473), …" */
function between(before: Hop | null, wrong: Hop, ports: readonly Port[]): string {
  if (before === null)
    return `At ${wrong.frame.port} (frame ${wrong.frame.frame}): it was not seen before that`
  const node = (hop: Hop): string => ports.find(({ id }) => id === hop.frame.port)?.node ?? ''
  const where =
    node(before) === node(wrong) ? `Inside ${node(wrong)}` : `Between ${node(before)} and ${node(wrong)}`
  return `${where}: ${placeIn(before)} it still was as it should be, the next hop is ${placeIn(wrong)}, and there it is not`
}

function placeIn({ frame }: Hop): string {
  return `at ${frame.port} (frame ${frame.frame})`
}

/** What the same machine saw last before, else the other end of the cable, else whatever was last. */
function hopBefore(hops: readonly Hop[], hop: Hop, ports: readonly Port[]): Hop | null {
  const port = ports.find(({ id }) => id === hop.frame.port)
  const earlier = hops.slice(0, hops.indexOf(hop))
  const onMachine = earlier.findLast(({ frame }) => {
    const other = ports.find(({ id }) => id === frame.port)
    return other !== undefined && other.node === port?.node && other.kind !== 'guest'
  })
  const overCable = earlier.findLast(({ frame }) => frame.port === port?.wiredTo)
  const arrives = hop.frame.direction === 'in' && overCable !== undefined
  return (arrives ? overCable : onMachine) ?? overCable ?? earlier.at(-1) ?? null
}

/** Where VLANs are kept apart: the first hop at which a tenant's frame is another tenant's. */
function leakIn({ hops, sender: name, guests, ports, scenario }: PlaceQuestion): Hop | null {
  if (!['vlan', 'port-vlan'].includes(scenario)) return null
  const sender = guests.find((guest) => guest.name === name)
  if (sender === undefined) return null
  const foreign = new Map(
    guests.flatMap(({ tenant, vid }) => (tenant === sender.tenant ? [] : [[tenant, vid]])),
  )
  const isForeign = ({ frame }: Hop): boolean => {
    const port = ports.find(({ id }) => id === frame.port)
    const owner = guests.find((guest) => guest.name === port?.guest)
    const named = [...foreign].some(
      ([tenant, vid]) => port?.interface === `br-${tenant}` || port?.interface.endsWith(`.${vid}`) === true,
    )
    const vid = outermostVid(frame.octets)
    const isTrunk = port?.kind === 'uplink' || port?.kind === 'switch'
    const tagged = isTrunk && vid !== null && [...foreign.values()].includes(vid)
    return tagged || named || (owner !== undefined && owner.tenant !== sender.tenant)
  }
  const first = hops.find(isForeign)
  return first === undefined || first === hops[0] ? null : first // sent with another tenant's tag: no leak yet
}
