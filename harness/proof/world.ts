/** What a proof must know of a lab: its ports and guests, and who may reach whom. */

/**
 * - `tap`: a guest's port on the hypervisor. `uplink`: a hypervisor's physical NIC. Both are the implementation's.
 * - `switch`: the physical switch's port. `outside`: the NIC of the host on the physical network. Both are the fabric's.
 * - `guest`: the VM's own side of its TAP device. `inner`: a NIC that the implementation made for itself.
 */
export type PortKind = 'tap' | 'uplink' | 'switch' | 'outside' | 'guest' | 'inner'

export interface Port {
  id: string // hv1:tap-red1, sw1:hv1; a guest's own side is its name
  kind: PortKind
  node: string // hv1, hv2, sw1, outside
  interface: string
  guest: string | null
  /** The port at the other end of its cable; a TAP port's is the guest's own side, and the other way round. */
  wiredTo: string | null
  description: string // for people: "TAP port of red1 (tenant red, VID 10) on hv1"
}

export interface Guest {
  name: string
  tenant: string
  vid: number
  hypervisor: string
  mac: string
  address: string // IPv4, in the scenario at hand
  address6: string // IPv6 link-local
  port: Port // its TAP port
  nic: Port // its own side
}

/** A hypervisor or a host with an address of its own on the network. */
export interface Machine {
  name: string // hv1, outside
  address: string // IPv4
}

export interface World {
  ports: readonly Port[]
  guests: readonly Guest[]
  machines: readonly Machine[]
  /** Whether the guests' addresses are theirs alone: no machine shows them on the physical network. */
  hidesGuests?: boolean
  /** MAC addresses of routers, as far as a case has learned them: a frame to one goes no further as it is. */
  routers?: ReadonlySet<string>
  /** The guests that may be reached from this one, itself apart; of all, or of these. */
  peersOf(guest: Guest, among?: readonly Guest[]): readonly Guest[]
}
