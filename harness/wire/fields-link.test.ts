import { expect, test } from 'vitest'
import { fieldsOf } from './fields.ts'
import { NO_OCTETS } from './octets.ts'
import { CONTROL_FRAMES } from './testing/control-frames.ts'

/** One line for each field that begins within the range: name, value, offset and size. */
function linesOf(octets: Uint8Array, first = 0, last = octets.length): string[] {
  return fieldsOf(octets)
    .filter(({ offset }) => offset >= first && offset <= last)
    .map(({ name, value, offset, sizeOctets }) => `${name} ${value} @${offset}+${sizeOctets}`)
}

// What each frame has in it is written beside it in testing/control-frames.ts.
test.each<[keyof typeof CONTROL_FRAMES, number, number, string]>([
  [
    'STP_CONFIGURATION',
    12,
    99,
    `
      eth.type 0x0026 @12+2
      llc.dsap 0x42 @14+1
      llc.ssap 0x42 @15+1
      llc.control 0x03 @16+1
      stp.protocolIdentifier 0 @17+2
      stp.version 0 @19+1
      stp.type 0 @20+1
      stp.flags topologyChange,topologyChangeAcknowledgement @21+1
      stp.role 0 @21+1
      stp.root.priority 32768 @22+1
      stp.root.systemId 1 @22+2
      stp.root.mac 02:00:00:00:0b:01 @24+6
      stp.rootPathCost 4 @30+4
      stp.bridge.priority 36864 @34+1
      stp.bridge.systemId 1 @34+2
      stp.bridge.mac 02:00:00:00:0b:02 @36+6
      stp.port 0x8003 @42+2
      stp.messageAgeSeconds 1 @44+2
      stp.maxAgeSeconds 20 @46+2
      stp.helloTimeSeconds 2 @48+2
      stp.forwardDelaySeconds 15 @50+2
      trailer 0000000000000000 @52+8`,
  ],
  [
    'STP_TOPOLOGY_CHANGE',
    14,
    20,
    `
      llc.dsap 0x42 @14+1
      llc.ssap 0x42 @15+1
      llc.control 0x03 @16+1
      stp.protocolIdentifier 0 @17+2
      stp.version 0 @19+1
      stp.type 128 @20+1`,
  ],
  [
    'STP_RAPID',
    19,
    21,
    `
      stp.version 2 @19+1
      stp.type 2 @20+1
      stp.flags proposal,learning,forwarding @21+1
      stp.role 3 @21+1`,
  ],
  [
    'STP_RAPID',
    50,
    99,
    `
      stp.forwardDelaySeconds 15 @50+2
      stp.version1Length 0 @52+1
      trailer 00000000000000 @53+7`,
  ],
  [
    'LLDP',
    14,
    99,
    `
      lldp.chassisId.type 1 @14+1
      lldp.chassisId.length 7 @14+2
      lldp.chassisId.subtype 4 @16+1
      lldp.chassisId.id 02:00:00:00:0b:01 @17+6
      lldp.portId.type 2 @23+1
      lldp.portId.length 5 @23+2
      lldp.portId.subtype 5 @25+1
      lldp.portId.id eth0 @26+4
      lldp.timeToLive.type 3 @30+1
      lldp.timeToLive.length 2 @30+2
      lldp.timeToLive.seconds 120 @32+2
      lldp.systemName.type 5 @34+1
      lldp.systemName.length 3 @34+2
      lldp.systemName.text hv1 @36+3
      lldp.tlv127.type 127 @39+1
      lldp.tlv127.length 6 @39+2
      lldp.tlv127.value 02000001000a @41+6
      lldp.end.type 0 @47+1
      lldp.end.length 0 @47+2
      trailer 0000000000000000000000 @49+11`,
  ],
])('%s from octet %i to %i', (name, first, last, lines) => {
  expect(linesOf(CONTROL_FRAMES[name] ?? NO_OCTETS, first, last)).toEqual(lines.trim().split(/\n\s*/))
})
