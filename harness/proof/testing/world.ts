/**
 * The default topology in scenario `vlan`, as proofs see it, without a lab:
 *
 *   red1 --tap-red1--+                                        +--tap-red3-- red3
 *   red2 --tap-red2--[ hv1 ]--eth0 == sw1 == eth0--[ hv2 ]----+--tap-blue2- blue2
 *   blue1 -tap-blue1-+               outside
 */
import { formatMac } from '../../wire/index.ts'
import type { Guest, Port, PortKind, World } from '../world.ts'

const VIDS: Readonly<Record<string, number>> = { red: 10, blue: 20 }

function port(kind: PortKind, node: string, nic: string, wiredTo: string | null, guest: string | null): Port {
  const id = kind === 'guest' ? node : `${node}:${nic}`
  return { id, kind, node, interface: nic, guest, wiredTo, description: `${kind} ${id}` }
}

function guest(name: string, tenant: string, hypervisor: string, number: number): Guest {
  const tap = `tap-${name}`
  return {
    name,
    tenant,
    vid: VIDS[tenant] ?? 0,
    hypervisor,
    mac: formatMac(Uint8Array.of(2, 0, 0, 0, VIDS[tenant] ?? 0, number)),
    address: `198.51.100.${10 + number}`,
    address6: `fe80::${number}`,
    port: port('tap', hypervisor, tap, name, name),
    nic: port('guest', name, tap, `${hypervisor}:${tap}`, name),
  }
}

export const red1 = guest('red1', 'red', 'hv1', 1)
export const red2 = guest('red2', 'red', 'hv1', 2)
export const red3 = guest('red3', 'red', 'hv2', 3)
export const blue1 = guest('blue1', 'blue', 'hv1', 4)
export const blue2 = guest('blue2', 'blue', 'hv2', 5)
export const guests = [red1, red2, red3, blue1, blue2]

export const uplink1 = port('uplink', 'hv1', 'eth0', 'sw1:hv1', null)
export const uplink2 = port('uplink', 'hv2', 'eth0', 'sw1:hv2', null)
export const switch1 = port('switch', 'sw1', 'hv1', 'hv1:eth0', null)
export const switch2 = port('switch', 'sw1', 'hv2', 'hv2:eth0', null)
export const switchOutside = port('switch', 'sw1', 'outside', 'outside:eth0', null)
export const outside = port('outside', 'outside', 'eth0', 'sw1:outside', null)

/** @param without guests that this lab does not have */
export function worldOf(without: readonly Guest[] = []): World {
  const here = guests.filter((each) => !without.includes(each))
  return {
    guests: here,
    ports: [
      ...here.map((each) => each.nic),
      ...here.map((each) => each.port),
      ...[uplink1, switch1, uplink2, switch2, outside, switchOutside],
    ],
    machines: [{ name: 'outside', address: '192.0.2.1' }],
    peersOf: (one, among = here) =>
      among.filter((other) => other.name !== one.name && other.tenant === one.tenant),
  }
}

export const world = worldOf()
