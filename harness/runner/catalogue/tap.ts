/** TAP: the virtual NIC. */
import type { Requirement } from './types.ts'

export const tap: readonly Requirement[] = [
  {
    id: 'TAP-01',
    family: 'TAP',
    title: 'opening the TAP device makes a NIC, closing it removes it',
    rule: 'Opening the TUN/TAP device for `tapN` makes a NIC `tapN` visible on the hypervisor; once set up it has carrier; closing it (not persistent) removes it.',
    source: 'the article, 1.2; Linux kernel documentation, Universal TUN/TAP device driver',
    scenarios: ['bridged'],
  },
  {
    id: 'TAP-02',
    family: 'TAP',
    title: 'a frame that the VM writes enters the hypervisor byte for byte',
    rule: 'A frame that the VM writes into the device leaves `tapN` into the hypervisor byte for byte: sizes 60, 61, 64, 128, 512, 1513, 1514 octets, any EtherType, any payload (all zeros, all ones, counting, random).',
    source: 'the article, 1.2; Linux kernel documentation, Universal TUN/TAP device driver',
    scenarios: ['bridged'],
  },
  {
    id: 'TAP-03',
    family: 'TAP',
    title: 'a frame sent to the TAP port is what the VM reads, byte for byte',
    rule: 'A frame that the hypervisor sends to `tapN` is what the VM reads, byte for byte, same sizes.',
    source: 'the article, 1.2; Linux kernel documentation, Universal TUN/TAP device driver',
    scenarios: ['bridged'],
  },
  {
    id: 'TAP-04',
    family: 'TAP',
    title: '10,000 frames arrive in order, none missing, none twice',
    rule: 'Order is kept: 10,000 numbered frames written by one VM arrive at its peer in order, none missing, none twice (the peer reads all the time, at most 500 outstanding: a TAP queues 1,000).',
    source: 'the article, 1.2; IEEE 802.1Q, 6.5.3 (frame misordering) and 6.5.4 (frame duplication)',
    scenarios: ['bridged'],
  },
  {
    id: 'TAP-05',
    family: 'TAP',
    title: 'a powered-off VM has no carrier and gets nothing, the others are undisturbed',
    rule: 'A powered-off VM (persistent TAP, device closed) has no carrier; once the bridge port is disabled, the bridge sends nothing to it, and the other VMs are undisturbed.',
    source:
      'the article, 1.2; the article, 1.3.1; IEEE 802.1Q, 8.6 (only ports in forwarding are transmission ports)',
    scenarios: ['bridged'],
  },
  {
    id: 'TAP-06',
    family: 'TAP',
    title: '100 VMs come and go, leave nothing behind and disturb nobody',
    rule: "VMs come and go: 100 attach/detach cycles while two other VMs talk leave no NIC, no bridge port and no FDB entry on the VM's hypervisor, and the talk loses nothing.",
    source: 'the article, 1.2; the article, 1.3.1',
    scenarios: ['bridged'],
  },
  {
    id: 'TAP-07',
    family: 'TAP',
    title: 'runt and overlong frames are refused, nothing is cut or padded',
    rule: 'A runt write (< 14 octets) is refused. A frame longer than MTU + 18 octets (+ 4 when tagged) is never bridged. One of up to MTU + 14 (+ 4 when tagged) passes. Between the two (a Linux bridge allows for a tag) it passes whole or not at all, and the report says which. Nothing appears cut or padded anywhere. (Routed IP may be fragmented; the case uses EtherType 0x88B5.)',
    source: 'the article, 1.2; IEEE 802.3, 3.2 (frame format) and 3.2.7 (its largest data)',
    scenarios: ['bridged'],
  },
]
