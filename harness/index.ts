/** All that a case may import. */
export * from './proof/between-tenants.ts'
export * from './proof/builders.ts'
export { type DhcpChange, type DhcpClient, dhcpClient, dhcpOctets } from './proof/dhcp.ts'
export * from './proof/dhcp-exchange.ts'
export type { DhcpReply } from './proof/dhcp-reading.ts'
export { type DhcpReplies, repliesTo, serverMessages } from './proof/dhcp-replies.ts'
export {
  type DhcpSettings,
  type DocumentedDhcp,
  ipv4Range,
  isWithin,
  settingsOf,
} from './proof/dhcp-settings.ts'
export { type End, type Ends, endsOf, type ReplyOptions, replyTo } from './proof/ends.ts'
export * from './proof/filled.ts'
export {
  type BpduFrame,
  type ExperimentalFrame,
  type IcmpEcho,
  type IcmpErrorFrame,
  type IpFields,
  type Ipv4Frame,
  type Station,
  type TcpFrame,
  tagged,
  type UdpFrame,
} from './proof/frames.ts'
export * from './proof/groups.ts'
export type { Guest, Machine, Port, Seen, Stimulus, WindowScript } from './proof/index.ts'
export * from './proof/offers.ts'
export { type Outage, outageOf } from './proof/outage.ts'
export * from './proof/rates/index.ts'
export type { CaseContext } from './runner/case-context.ts'
export { control } from './runner/control.ts'
export { expect } from './runner/expect.ts'
export { requirement } from './runner/requirement.ts'
export * from './wire/index.ts'
