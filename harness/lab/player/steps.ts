/** The steps of a window as a lab plays them, and what it answers. */
import type { Step, WindowResult } from '../../agent/messages/index.ts'
import type { Place } from '../place.ts'
import type { SiteClock } from './clock.ts'

/** A network stack, where it is, and an IPv4 address in it. */
export interface PlacedEnd {
  place: Place
  address: string
}

export interface TransferStep {
  kind: 'transfer'
  client: PlacedEnd
  server: PlacedEnd
  sizeOctets: number
  deadlineMs: number
}

/** Those of the agent's messages, but a transfer's ends say where they are. */
export type LabStep = Exclude<Step, { kind: 'transfer' }> | TransferStep

export type LabStepOf<K extends LabStep['kind']> = Extract<LabStep, { kind: K }>

export interface LabWindow extends WindowResult {
  /** Of several sites, each one's; none where the lab is one site: all frames are of one clock. */
  clocks: readonly SiteClock[]
}

/** A step for the agent of the site at which all of it happens. */
export function agentStep(step: LabStep): Step {
  if (step.kind !== 'transfer') return step
  const { client, server } = step
  const endOf = ({ place, address }: PlacedEnd) => ({ namespace: place.namespace, address })
  return { ...step, client: endOf(client), server: endOf(server) }
}

/** What steps may wait for, all together. */
export function waitsOf(steps: readonly object[]): number {
  return steps.reduce((sum, step) => sum + waitOf(step as Waits), 0)
}

function waitOf({ deadlineMs, durationMs, ms }: Waits): number {
  return (deadlineMs ?? 0) + (durationMs ?? 0) + (ms ?? 0)
}

interface Waits {
  deadlineMs?: number
  durationMs?: number
  ms?: number
}
