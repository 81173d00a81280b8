/** Where each part of the lab is drawn: guests at the edges, hypervisors beside them, the switch in the middle. */
import type { PagePort } from '../model.ts'

export interface Box {
  name: string
  x: number
  y: number
  width: number
  height: number
}

export interface Spot {
  x: number
  y: number
  label: string
  anchor: 'start' | 'end' | 'middle'
  labelX: number
  labelY: number
}

export interface Layout {
  boxes: readonly Box[]
  spots: ReadonlyMap<string, Spot>
  cables: readonly (readonly [string, string])[]
  width: number
  height: number
  leftOut: number // ports not drawn
}

const WIDTH = 900
const ROW = 24
const HEAD = 34
const GUEST = { width: 84, height: 18 }
const HOST = { width: 240, x: 132 }
const SWITCH = { width: 96 }
const MOST_PORTS = 8 // of a kind at a hypervisor, beside those on the way

type Side = 'left' | 'right'

/** @param onWay ports that the frame passed: they are always drawn */
export function layOut(ports: readonly PagePort[], onWay: ReadonlySet<string>): Layout {
  const boxes: Box[] = []
  const spots = new Map<string, Spot>()
  const bottoms: Record<Side, number> = { left: 10, right: 10 }
  const hosts = [...new Set(ports.filter(isOfHost).map(({ node }) => node))]
  let leftOut = 0
  hosts.forEach((host, at) => {
    const side: Side = at % 2 === 0 ? 'left' : 'right'
    const taps = few(
      ports.filter(({ node, kind }) => node === host && kind === 'tap'),
      onWay,
    )
    const inner = few(
      ports.filter(({ node, kind }) => node === host && kind === 'inner'),
      onWay,
    )
    leftOut += taps.leftOut + inner.leftOut
    bottoms[side] = addHost({
      host,
      side,
      top: bottoms[side],
      ports,
      taps: taps.shown,
      inner: inner.shown,
      boxes,
      spots,
    })
  })
  addFabric(ports, Math.max(bottoms.left, bottoms.right), boxes, spots)
  addLoneGuests(ports, onWay, boxes, spots)
  const height = Math.max(...boxes.map(({ y, height: tall }) => y + tall), 60) + 10
  const cables = ports.flatMap(({ id, wiredTo }) =>
    wiredTo !== null && id < wiredTo && spots.has(id) && spots.has(wiredTo) ? [[id, wiredTo] as const] : [],
  )
  return { boxes, spots, cables, width: WIDTH, height, leftOut }
}

interface Host {
  host: string
  side: Side
  top: number
  ports: readonly PagePort[]
  taps: readonly PagePort[]
  inner: readonly PagePort[]
  boxes: Box[]
  spots: Map<string, Spot>
}

/** Returns where the next one may begin. */
function addHost({ host, side, top, ports, taps, inner, boxes, spots }: Host): number {
  const isLeft = side === 'left'
  const x = isLeft ? HOST.x : WIDTH - HOST.x - HOST.width
  const height = HEAD + Math.max(taps.length, inner.length, 2) * ROW
  boxes.push({ name: host, x, y: top, width: HOST.width, height })
  const [outer, towardsSwitch] = isLeft ? [x, x + HOST.width] : [x + HOST.width, x]
  const inwards = isLeft ? 1 : -1
  taps.forEach((tap, row) => {
    const y = top + HEAD + row * ROW
    const anchor = isLeft ? 'start' : 'end'
    spots.set(tap.id, { x: outer, y, label: tap.nic, anchor, labelX: outer + 12 * inwards, labelY: y + 4 })
    const guest = ports.find(({ kind, id }) => kind === 'guest' && id === tap.wiredTo)
    if (guest === undefined || spots.has(guest.id)) return
    const guestX = isLeft ? 8 : WIDTH - 8 - GUEST.width
    boxes.push({ name: '', x: guestX, y: y - GUEST.height / 2, ...GUEST })
    const edge = isLeft ? guestX + GUEST.width : guestX
    const labelX = isLeft ? guestX + 6 : guestX + GUEST.width - 6
    spots.set(guest.id, { x: edge, y, label: guest.id, anchor, labelX, labelY: y + 4 })
  })
  inner.forEach((nic, row) => {
    const y = top + HEAD + row * ROW
    const spotX = outer + 134 * inwards
    const anchor = isLeft ? 'start' : 'end'
    spots.set(nic.id, { x: spotX, y, label: nic.nic, anchor, labelX: spotX + 12 * inwards, labelY: y + 4 })
  })
  const uplinks = ports.filter(({ node, kind }) => node === host && kind === 'uplink')
  uplinks.forEach((uplink, row) => {
    const y = top + height / 2 + row * ROW
    const anchor = isLeft ? 'end' : 'start'
    spots.set(uplink.id, {
      x: towardsSwitch,
      y,
      label: uplink.nic,
      anchor,
      labelX: towardsSwitch - 8 * inwards,
      labelY: y - 11,
    })
  })
  return top + height + 16
}

function addFabric(ports: readonly PagePort[], bottom: number, boxes: Box[], spots: Map<string, Spot>): void {
  const switchPorts = ports.filter(({ kind }) => kind === 'switch')
  const [first] = switchPorts
  const centre = WIDTH / 2
  if (first === undefined) return
  const wired = switchPorts.flatMap((port) => {
    const end = spots.get(port.wiredTo ?? '')
    return end === undefined ? [] : [{ port, end }]
  })
  const heights = wired.map(({ end }) => end.y)
  const top = Math.max(4, Math.min(...heights, bottom / 2) - 34)
  const low = Math.max(...heights, top + 60) + 26
  boxes.push({
    name: first.node,
    x: centre - SWITCH.width / 2,
    y: top,
    width: SWITCH.width,
    height: low - top,
  })
  for (const { port, end } of wired) {
    const isLeft = end.x < centre
    const x = centre + (isLeft ? -1 : 1) * (SWITCH.width / 2)
    const anchor = isLeft ? 'start' : 'end'
    spots.set(port.id, { x, y: end.y, label: '', anchor, labelX: x, labelY: end.y })
  }
  const outside = ports.find(({ kind }) => kind === 'outside')
  if (outside === undefined) return
  const y = low + 26
  boxes.push({ name: outside.node, x: centre - SWITCH.width / 2, y, width: SWITCH.width, height: 34 })
  spots.set(outside.id, { x: centre, y, label: '', anchor: 'middle', labelX: centre, labelY: y })
  const port = switchPorts.find(({ id }) => id === outside.wiredTo)
  if (port !== undefined)
    spots.set(port.id, { x: centre, y: low, label: '', anchor: 'middle', labelX: centre, labelY: low })
}

/** A VM that is a machine of its own, its TAP out of sight. */
function addLoneGuests(
  ports: readonly PagePort[],
  onWay: ReadonlySet<string>,
  boxes: Box[],
  spots: Map<string, Spot>,
): void {
  const lone = ports.filter(
    ({ kind, id, wiredTo }) => kind === 'guest' && !spots.has(id) && (wiredTo === null || onWay.has(id)),
  )
  const top = Math.max(...boxes.map(({ y, height }) => y + height), 0) + 24
  lone.forEach(({ id }, at) => {
    const [x, y] = [8 + (at % 8) * (GUEST.width + 24), top + Math.floor(at / 8) * 30]
    boxes.push({ name: '', x, y: y - GUEST.height / 2, ...GUEST })
    spots.set(id, { x: x + GUEST.width, y, label: id, anchor: 'start', labelX: x + 6, labelY: y + 4 })
  })
}

function few(
  all: readonly PagePort[],
  onWay: ReadonlySet<string>,
): { shown: readonly PagePort[]; leftOut: number } {
  const isWanted = ({ id, wiredTo }: PagePort): boolean => onWay.has(id) || onWay.has(wiredTo ?? '')
  const others = all.filter((port) => !isWanted(port)).slice(0, MOST_PORTS)
  const shown = all.filter((port) => isWanted(port) || others.includes(port))
  return { shown, leftOut: all.length - shown.length }
}

function isOfHost({ kind }: PagePort): boolean {
  return kind === 'tap' || kind === 'uplink' || kind === 'inner'
}
