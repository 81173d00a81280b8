/** Background noise in a lab: who makes it, and what each port carried of it. */
import {
  makeNoise,
  type NoiseAtPort,
  type NoiseRequest,
  type NoiseSource,
  type PortId,
  takeNoise,
} from '../../agent/messages/index.ts'
import { OUTSIDE_INTERFACE } from '../fabric.ts'
import type { Ground } from '../ground.ts'
import type { Topology } from '../topology.ts'
import { NOISE_MAC, stationNoise, switchNoise } from './frames.ts'

/** Behind every guest's number. */
const FIRST_SWITCH_STATION = 60_000
const OUTSIDE_STATION = 61_000

export interface NoisyLab {
  ground: Ground
  topology: Topology
  framesPerSecond: number
  /** Whether a port is no cable's end, but a NIC inside a hypervisor. */
  isInside(port: PortId): boolean
  /** The TAP port of each guest that has a TAP device, where it is now. */
  tapPorts(): ReadonlyMap<string, PortId>
}

/**
 * Every guest makes noise, so does the host `outside`, and so do the switch's ports. Each site's agent is told of all:
 * guests move, and a source without a port is silent.
 */
export class LabNoise {
  readonly #lab: NoisyLab

  constructor(lab: NoisyLab) {
    this.#lab = lab
  }

  begin(): Promise<void> {
    const { framesPerSecond, topology } = this.#lab
    return this.#tell({ framesPerSecond, sources: sourcesIn(topology), mark: NOISE_MAC })
  }

  end(): Promise<void> {
    return this.#tell(null)
  }

  async #tell(request: NoiseRequest | null): Promise<void> {
    await Promise.all(this.#lab.ground.sites.map((site) => site.ask(makeNoise, request)))
  }

  /** What each port carried since this was last asked. */
  async take(): Promise<readonly NoiseAtPort[]> {
    const { ground, isInside, tapPorts } = this.#lab
    const told = await Promise.all(ground.sites.map((site) => site.ask(takeNoise, undefined)))
    return atCables(told.flat(), tapPorts()).filter(({ port }) => !isInside(port))
  }
}

/** A device and its TAP are one cable: what the guest sent is told of at the TAP, where that is captured. */
export function atCables(
  told: readonly NoiseAtPort[],
  tapPorts: ReadonlyMap<string, PortId>,
): readonly NoiseAtPort[] {
  const captured = new Set(told.map(({ port }) => port))
  const sentInto = new Map<PortId, number>()
  const devices = new Set<PortId>()
  for (const { port, sent } of told) {
    const tap = tapPorts.get(port)
    if (tap === undefined || !captured.has(tap)) continue
    devices.add(port)
    sentInto.set(tap, sent)
  }
  return told
    .filter(({ port }) => !devices.has(port))
    .map((one) => ({ ...one, sent: one.sent + (sentInto.get(one.port) ?? 0) }))
}

function sourcesIn({ guests, hypervisors, switchName, outsideName }: Topology): readonly NoiseSource[] {
  const switchPorts = [...hypervisors.map(({ switchPort }) => switchPort), outsideName]
  return [
    ...guests.map(({ name, number }) => ({ port: name, frames: stationNoise(number) })),
    { port: `${outsideName}:${OUTSIDE_INTERFACE}`, frames: stationNoise(OUTSIDE_STATION) },
    ...switchPorts.map((port, at) => {
      return { port: `${switchName}:${port}`, frames: switchNoise(FIRST_SWITCH_STATION + at) }
    }),
  ]
}
