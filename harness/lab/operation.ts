/**
 * What a case may do to a lab besides sending frames, and see of it besides frames. Each is one line of data, and so
 * is its answer: both are kept as evidence, and a case that is judged again is given the same answers.
 */
import type { Link } from '../agent/messages/index.ts'
import type { ConfigureCall } from './configure.ts'
import type { Moment, StateChanges } from './noted-states.ts'
import type { Plan, PlanChange } from './plan.ts'

export type Operation =
  /** Its TAP device is opened, then `configure attach`; `configure detach`, then it is closed. */
  | { do: 'attach' | 'detach'; guests: readonly string[] }
  /** The device alone, without `configure`. */
  | { do: 'open device' | 'close device'; guests: readonly string[] }
  /** The device is closed, and its NIC stays. */
  | { do: 'power off' | 'power on'; guests: readonly string[] }
  /** `configure up` with the plan changed so; without a change, the first plan again. */
  | { do: 'reconfigure'; hypervisor: string; change: PlanChange }
  /** The same, but unless it is done the plan is the one before. */
  | { do: 'propose'; hypervisor: string; change: PlanChange }
  /** `configure` as it is, with the plans as they are. */
  | { do: 'up' | 'down'; hypervisors: readonly string[] }
  /** Detached where it is, and attached on the other hypervisor. */
  | { do: 'move'; guest: string; hypervisor: string }
  /** What these hypervisors hold is noted, to be compared with later. */
  | { do: 'note state'; hypervisors: readonly string[] }
  | { do: 'compare state'; since: Moment; hypervisors: readonly string[] }
  | { do: 'links' | 'fdb'; node: string }
  /** What a hypervisor was told. */
  | { do: 'plan'; hypervisor: string }
  /** The physical network's DHCP server begins to serve, on the host `outside`, as long as the lab stands. */
  | { do: 'serve DHCP outside' }
  /** The lab's clocks are set forward: so long has passed for every program there. */
  | { do: 'pass time'; seconds: number }
  /** A program in the guest's own namespace, where its network stack is. */
  | { do: 'run'; guest: string; command: readonly string[] }

/** An entry of a bridge's forwarding database. */
export interface FdbEntry {
  mac: string
  port: string
}

export interface ProgramResult {
  status: number | null
  stdout: string
  stderr: string
}

/** Null where `configure` did it, else why not, in one line. */
export type ConfigureAnswer = string | null
/** What became of a plan that may be refused. */
export type Proposal = Pick<ConfigureCall, 'outcome' | 'reason'>
export type Answer =
  | ConfigureAnswer
  | Proposal
  | StateChanges
  | Plan
  | readonly Link[]
  | readonly FdbEntry[]
  | ProgramResult

/** A case wants something of the lab that its owner did not allow: it could not run, and the lab is as good as before. */
export class NotAllowed extends Error {
  override readonly name = 'NotAllowed'
}
