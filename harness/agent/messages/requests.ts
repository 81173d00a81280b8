/**
 * What a controller asks of the agent on a site, as JSON-RPC requests. Everything here is data: an agent knows
 * ports and frames, and nothing of topologies, rules or verdicts.
 */
import { NotificationType, NotificationType0, RequestType } from 'vscode-jsonrpc'

/** Names a capture: `hv1:tap-red1` for a NIC, `red1` for the VM's side of a TAP device. */
export type PortId = string

/** `ip netns` name; null is the namespace in which the agent was started. */
export type Namespace = string | null

export interface Greeting {
  kernel: string
  node: string
}

export interface RunRequest {
  namespace: Namespace
  program: string
  args: readonly string[]
  input: string
  directory: string | null
  /** Besides the agent's own. */
  environment?: Readonly<Record<string, string>>
  timeoutMs: number
}

export interface RunResult {
  /** The exit status; null if a signal ended it, or if it was never started. */
  status: number | null
  signal: string | null
  /** It ran longer than allowed, and was ended with all that it had started in its process group. */
  timedOut: boolean
  /** Why it could not be started at all (ENOENT, EACCES), else null. */
  notStarted: string | null
  stdout: string
  stderr: string
  durationMs: number
}

export interface TapRequest {
  /** Also the port on which the VM's side is captured. */
  guest: PortId
  namespace: Namespace
  name: string
  /** Whether its NIC is somebody's, and stays when the device is closed; else it goes. */
  keeps?: boolean
}

export interface CaptureRequest {
  port: PortId
  namespace: Namespace
  interface: string
  ring: { blockSizeOctets: number; blockCount: number } | null
}

/** As the kernel tells: `carrier` is IFF_RUNNING. A NIC that is gone has `exists` false. */
export interface PortState {
  port: PortId
  exists: boolean
  up: boolean
  carrier: boolean
}

export interface Link {
  name: string
  up: boolean
  carrier: boolean
}

export interface StopRequest {
  ports: readonly PortId[]
  deadlineMs: number
}

export type Direction = 'in' | 'out'

/** A frame with this signature number, at this port; `direction` null is either. */
export interface Arrival {
  port: PortId
  number: number
  direction: Direction | null
}

/** A frame with these octets at these places, whoever sent it: an agent compares, and knows no protocol. */
export interface Pattern {
  port: PortId
  /** Of the frame to which it is an answer: one that could not be sent is not waited for. */
  number: number
  direction: Direction | null
  parts: readonly PatternPart[]
}

export interface PatternPart {
  /** Octets from the frame's beginning, its tags included. */
  at: number
  octets: Uint8Array
}

export type Step =
  /** A VM writes into its TAP device, one frame after the other. */
  | { kind: 'send'; guest: PortId; frames: readonly Uint8Array[] }
  /** The harness itself puts frames on a NIC, outward, through its qdisc. */
  | { kind: 'put'; port: PortId; frames: readonly Uint8Array[] }
  | { kind: 'await'; arrivals: readonly Arrival[]; deadlineMs: number }
  /** Waits until each pattern was matched by a frame that came since the window began. */
  | { kind: 'match'; patterns: readonly Pattern[]; deadlineMs: number }
  | { kind: 'settle'; ms: number }
  /** From now on until the run ends frames with these octets at these places are kept, too, between windows. */
  | { kind: 'keep'; frames: readonly (readonly PatternPart[])[] }
  /**
   * A VM writes one frame in many numbers, with so many at most still on their way to another VM. Meanwhile only these
   * ports are captured; all where it is null.
   */
  | {
      kind: 'stream'
      guest: PortId
      series: Series
      to: PortId
      kept: readonly PortId[] | null
      outstanding: number
      deadlineMs: number
    }
  /**
   * Frames at a pace, from several senders side by side, for `durationMs`, and then a wait until nothing more of them
   * comes, at most `deadlineMs`. Meanwhile only these ports are captured, and of each frame only so many octets.
   */
  | {
      kind: 'load'
      loads: readonly Load[]
      kept: readonly PortId[]
      snapOctets: number
      durationMs: number
      deadlineMs: number
    }
  /** TCP between two network stacks. */
  | { kind: 'transfer'; client: StackEnd; server: StackEnd; sizeOctets: number; deadlineMs: number }

/** The same frame in many numbers: only the number in its signature differs. */
export interface Series {
  template: Uint8Array
  firstNumber: number
  count: number
}

/** Who sends by its TAP device, or the harness on a NIC. Times count from the begin of the step. */
export interface Load {
  from: PortId
  by: 'guest' | 'nic'
  series: Series
  /** Null: as many as go. */
  framesPerSecond: number | null
  beginMs: number
  endMs: number
}

export interface LoadOutcome {
  /** Of its series: by that it is known. */
  firstNumber: number
  framesSent: number
  /** Why it was broken off. */
  error: string | null
}

/** A network stack: a namespace and an IPv4 address in it. */
export interface StackEnd {
  namespace: Namespace
  address: string
}

/** A whole window in one message, its waiting included. */
export interface WindowRequest {
  /** Only frames signed by this run count as arrivals. */
  run: number
  steps: readonly Step[]
}

/** Two VMs that answer each other, frame by frame: `a` begins, and again when the answer has come and `paceMs` is over. */
export interface TalkRequest {
  run: number
  /** Played first: what shows that the captures live. */
  steps: readonly Step[]
  a: PortId
  b: PortId
  fromA: Series
  fromB: Series
  paceMs: number
  /** A frame that has not come by then is lost, and the talk goes on. */
  lostAfterMs: number
}

/** How many numbers of each series were sent. */
export interface TalkResult {
  sentByA: number
  sentByB: number
}

export type StepResult =
  | { kind: 'sent'; error: string | null; framesSent: number }
  | { kind: 'awaited'; missing: readonly Arrival[]; waitedMs: number }
  | { kind: 'matched'; missing: readonly Arrival[]; waitedMs: number }
  | { kind: 'settled' }
  /** `longestPauseMs`: for so long no sender got its turn. */
  | { kind: 'loaded'; loads: readonly LoadOutcome[]; longestPauseMs: number }
  | { kind: 'kept' }
  | { kind: 'transferred'; received: number; intact: boolean; ended: boolean; error: string | null }

export interface PortRecord {
  port: PortId
  /** Frames as `encodeFrames` packs them. */
  frames: Uint8Array
  /** Frames that the ring lost within the window. */
  drops: number
  state: PortState
}

export interface WindowResult {
  steps: readonly StepResult[]
  ports: readonly PortRecord[]
  /** Frames, signed or told to be kept, that came after the last window had ended and before this one began. */
  late: readonly { port: PortId; frames: Uint8Array }[]
  /** Frames that rings lost between the windows, when a late arrival could have been among them. */
  lostBetween: number
  /** From its first drain to its last, as the agent lived it: the way there and back is not in it. */
  durationMs: number
}

/** The agent's first word: until then nothing may be sent to it, for its line may not be ready. */
export const ready = new NotificationType<Greeting>('ready')
export const run = new RequestType<RunRequest, RunResult, void>('run')
/** A namespace's NICs. */
export const links = new RequestType<Namespace, readonly Link[], void>('links')
export const openTaps = new RequestType<readonly TapRequest[], void, void>('openTaps')
export const closeTaps = new RequestType<readonly PortId[], void, void>('closeTaps')
/** Closes the devices too, but their NICs stay, until they are opened and closed again. */
export const powerOff = new RequestType<readonly PortId[], void, void>('powerOff')
/**
 * Gives a guest a network stack: a second TAP device, a NIC of this name in that namespace, takes over the frames of
 * the guest's own, as a VM process does. The NIC is down and has no address yet.
 */
export const openStack = new RequestType<TapRequest, void, void>('openStack')
export const closeStack = new RequestType<PortId, void, void>('closeStack')
export const openCaptures = new RequestType<readonly CaptureRequest[], void, void>('openCaptures')
/** Those whose NIC was made anew since are opened anew; one whose NIC is gone stays as it is. */
export const renewCaptures = new RequestType<readonly PortId[], void, void>('renewCaptures')
export const closeCaptures = new RequestType<readonly PortId[], void, void>('closeCaptures')
/**
 * Waits until every captured NIC that is up also runs, at most so many ms: a kernel starts a NIC's queue and its bridge
 * port some time after the cable is in. Tells the state of all.
 */
export const awaitRunning = new RequestType<number, readonly PortState[], void>('awaitRunning')
/** Waits until none of these captured NICs runs any more: their devices were closed. Tells their state. */
export const awaitStopped = new RequestType<StopRequest, readonly PortState[], void>('awaitStopped')
export const window = new RequestType<WindowRequest, WindowResult, void>('window')
/**
 * Opens a window in which two VMs talk while other requests are served, TAP devices and captures that come and go
 * included; `endTalk` closes it.
 */
export const beginTalk = new RequestType<TalkRequest, readonly StepResult[], void>('beginTalk')
export const endTalk = new RequestType<void, { talk: TalkResult; window: WindowResult }, void>('endTalk')

/** The controller lives. An agent that was told to expect it ends when it hears nothing for long. */
export const heartbeat = new NotificationType0('heartbeat')

/** Tells the controller how many octets the agent has taken in: some lines carry only so much unread. */
export const octetsTaken = new NotificationType<number>('octetsTaken')

/** An interactive shell in a namespace, on a terminal of its own, of this size. Answers with its number. */
export interface ShellRequest {
  namespace: Namespace
  rows: number
  columns: number
}
export const openShell = new RequestType<ShellRequest, number, void>('openShell')
export const shellInput = new NotificationType<{ shell: number; octets: Uint8Array }>('shellInput')
export const shellOutput = new NotificationType<{ shell: number; octets: Uint8Array }>('shellOutput')
export const shellEnded = new NotificationType<{ shell: number; status: number | null }>('shellEnded')
