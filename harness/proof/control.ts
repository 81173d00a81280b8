/**
 * The harness's own frame, which shows that a capture lives. It must not cross the implementation: at a TAP port it
 * goes out to the guest, and at a physical port out to the physical switch, to a group address that no bridge
 * forwards (IEEE 802.1Q, table 8-1), so it proves both ends of that cable and goes no further.
 */
import { CONTROL_GROUP, ETHER_TYPE, encodeEthernet, SIGNATURE_SIZE } from '../wire/index.ts'
import type { Awaited } from './record.ts'
import type { ScriptStep } from './script-steps.ts'
import type { SentFrames } from './sent-frames.ts'
import type { Stimulus } from './stimulus.ts'
import type { Port, World } from './world.ts'

const HARNESS = '02:00:00:ff:ff:fe'
const PAYLOAD_OCTETS = 46
/** A lab's frame takes microseconds; this is for machines that are busy with something else. */
const CONTROL_DEADLINE_MS = 1000

export function controlFrame(at: Port): Stimulus {
  return {
    summary: `harness control frame at ${at.id}`,
    signed: true,
    build(signature) {
      const payload = new Uint8Array(PAYLOAD_OCTETS)
      payload.set(signature.subarray(0, SIGNATURE_SIZE))
      const etherType = ETHER_TYPE.localExperimental
      return encodeEthernet({ dst: CONTROL_GROUP, src: HARNESS, tags: [], etherType, payload })
    },
  }
}

/** Where it is put, so that it passes `port` without crossing the implementation. */
export function controlPortFor(port: Port, world: World): Port {
  const other = world.ports.find((candidate) => candidate.id === port.wiredTo)
  if (port.kind === 'switch' || port.kind === 'guest') return other ?? port
  return port
}

/** Where control frames are put so that they pass all of these. */
export function controlPorts(watched: readonly Port[], world: World): ReadonlyMap<Port, readonly Port[]> {
  const byPlace = new Map<Port, Port[]>()
  for (const port of watched) {
    const putAt = controlPortFor(port, world)
    byPlace.set(putAt, [...(byPlace.get(putAt) ?? []), port])
  }
  return byPlace
}

/** The harness's own frame at every port that matters, and what is waited for there. */
export function controlSteps(
  watched: readonly Port[],
  world: World,
  frames: SentFrames,
): { steps: readonly ScriptStep[]; controls: readonly Awaited[] } {
  const controls: Awaited[] = []
  const steps: ScriptStep[] = []
  for (const [putAt, ports] of controlPorts(watched, world)) {
    const frame = frames.sign(controlFrame(putAt), 'control', putAt.id)
    steps.push({ kind: 'put', port: putAt.id, frames: [frame] })
    for (const port of ports) controls.push({ port: port.id, number: frame.number, direction: null })
  }
  return {
    steps: [...steps, { kind: 'await', arrivals: controls, deadlineMs: CONTROL_DEADLINE_MS }],
    controls,
  }
}
