/** DHCP messages of clients that are well-formed, to be spoilt: of every type, in every state. Source: RFC 2131 4.3, 4.4. */
import {
  DHCP_BROADCAST_FLAG,
  DHCP_CHADDR_SIZE,
  DHCP_FILE_SIZE,
  DHCP_OP,
  DHCP_SNAME_SIZE,
  DHCP_TYPE,
  type DhcpMessage,
  type DhcpOption,
  type DhcpType,
  dhcpField,
  dhcpPieces,
  encodeDhcp,
  parseMac,
} from '../wire/index.ts'

const ETHERNET = 1
const MAC_SIZE = 6
const NOBODY = '0.0.0.0'
const PARAMETERS = [1, 3, 6, 28, 51, 54, 58, 59]

/** @param change of the message's fields */
export function clientMessage(
  type: DhcpType,
  mac: string,
  options: readonly DhcpOption[],
  change: Partial<DhcpMessage> = {},
): Uint8Array {
  return encodeDhcp({
    ...{ op: DHCP_OP.request, htype: ETHERNET, hlen: MAC_SIZE, hops: 0, xid: 0, secs: 0 },
    ...{ flags: DHCP_BROADCAST_FLAG, ciaddr: NOBODY, yiaddr: NOBODY, siaddr: NOBODY, giaddr: NOBODY },
    chaddr: dhcpField(DHCP_CHADDR_SIZE, parseMac(mac)),
    sname: new Uint8Array(DHCP_SNAME_SIZE),
    file: new Uint8Array(DHCP_FILE_SIZE),
    options: dhcpPieces([{ kind: 'message type', type: DHCP_TYPE[type] }, ...options]),
    ...change,
  })
}

/** What a client of this server and of this address would say, whether it has a lease or not. */
export function wellFormed(server: string, address: string): readonly Uint8Array[] {
  const mac = '02:00:5e:00:0f:01'
  const requested: DhcpOption = { kind: 'requested address', address }
  const identifier: DhcpOption = { kind: 'server identifier', address: server }
  const parameters: DhcpOption = { kind: 'parameter request list', codes: PARAMETERS }
  const more: readonly DhcpOption[] = [
    { kind: 'client identifier', type: ETHERNET, id: parseMac(mac) },
    { kind: 'host name', text: 'vm' },
    { kind: 'maximum message size', sizeOctets: 1500 },
    parameters,
  ]
  return [
    clientMessage('discover', mac, [parameters]),
    clientMessage('discover', mac, more),
    clientMessage('discover', mac, [requested, ...more]),
    clientMessage('discover', mac, more, { giaddr: address, hops: 1 }),
    clientMessage('request', mac, [requested, identifier, ...more]),
    clientMessage('request', mac, [requested]),
    clientMessage('request', mac, more, { ciaddr: address, flags: 0 }),
    clientMessage('decline', mac, [requested, identifier]),
    clientMessage('release', mac, [identifier], { ciaddr: address }),
    clientMessage('inform', mac, more, { ciaddr: address }),
    clientMessage('discover', mac, [{ kind: 'overload', fields: 3 }, ...more]),
  ]
}
