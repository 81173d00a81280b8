/** Plays a script on a lab and writes down what happened, frame by frame. */
import {
  decodeFrames,
  type PortRecord,
  type Step,
  type StepResult,
  type WindowResult,
} from '../agent/messages/index.ts'
import type { Lab } from '../lab/lab.ts'
import type {
  PortHealth,
  RecordedFrame,
  ScriptStep,
  StoryStep,
  WindowRecord,
  WindowScript,
} from '../proof/index.ts'
import { findSignature } from '../wire/index.ts'

export interface LateArrival {
  port: string
  number: number
  timestampNs: bigint
  direction: 'in' | 'out'
  octets: Uint8Array
  originalLength: number
}

/** @param firstFrame the number of this window's first frame in the case's evidence */
export async function playWindow(
  lab: Lab,
  run: number,
  script: WindowScript,
  firstFrame: number,
): Promise<{ record: WindowRecord; late: readonly LateArrival[]; lostBetween: number }> {
  const { steps, controls } = script.finish()
  const result = await lab.play(run, steps.map(agentStep))
  const story = steps.map((step, index) => storyStep(step, result.steps[index]))
  const missing = story.flatMap((step) => (step.kind === 'awaited' ? step.missing : []))
  const health = (port: PortRecord): PortHealth => ({
    port: port.port,
    drops: port.drops,
    control: controlAt(port.port, controls, missing),
    exists: port.state.exists,
    up: port.state.up,
    carrier: port.state.carrier,
  })
  const record = {
    frames: recordedFrames(result.ports, run, firstFrame),
    ports: result.ports.map(health),
    story,
    sent: script.sent,
  }
  return {
    record,
    late: [...lateArrivals(result, run), ...strangersIn(record)],
    lostBetween: result.lostBetween,
  }
}

/** Frames of earlier windows that came while this one lasted are late, too. */
function strangersIn({ frames, sent }: WindowRecord): readonly LateArrival[] {
  const own = new Set(sent.map((frame) => frame.number))
  return frames.flatMap(({ frame: _, signature, ...arrival }) =>
    signature === null || own.has(signature) ? [] : [{ ...arrival, number: signature }],
  )
}

/** What came since the last window, with nothing injected. */
export async function lateOf(lab: Lab, run: number): Promise<readonly LateArrival[]> {
  return lateArrivals(await lab.play(run, []), run)
}

function agentStep(step: ScriptStep): Step {
  if (step.kind !== 'send' && step.kind !== 'put') return step
  return { ...step, frames: step.frames.map((frame) => frame.octets) }
}

function storyStep(step: ScriptStep, result: StepResult | undefined): StoryStep {
  switch (step.kind) {
    case 'send':
    case 'put': {
      const from = step.kind === 'send' ? step.guest : step.port
      const error = result?.kind === 'sent' ? result.error : 'the agent said nothing of it'
      return { kind: 'sent', from, numbers: step.frames.map((frame) => frame.number), error }
    }
    case 'await': {
      const { missing, waitedMs } =
        result?.kind === 'awaited' ? result : { missing: step.arrivals, waitedMs: 0 }
      return { kind: 'awaited', arrivals: step.arrivals, missing, waitedMs }
    }
    case 'settle':
      return { kind: 'settled', ms: step.ms }
  }
}

function controlAt(
  port: string,
  controls: readonly { port: string; number: number }[],
  missing: readonly { port: string; number: number }[],
): PortHealth['control'] {
  const control = controls.find((candidate) => candidate.port === port)
  if (control === undefined) return 'none'
  return missing.some((other) => other.port === port && other.number === control.number) ? 'missing' : 'seen'
}

function recordedFrames(
  ports: readonly PortRecord[],
  run: number,
  firstFrame: number,
): readonly RecordedFrame[] {
  const frames = ports.flatMap(({ port, frames: block }) =>
    decodeFrames(block).map((frame) => ({ port, ...frame })),
  )
  frames.sort((a, b) => Number(a.timestampNs - b.timestampNs))
  return frames.map((frame, index) => {
    const signature = findSignature(frame.octets)
    const number = signature?.run === run ? signature.number : null
    return { ...frame, frame: firstFrame + index, signature: number }
  })
}

function lateArrivals(result: WindowResult, run: number): readonly LateArrival[] {
  return result.late.flatMap(({ port, frames }) =>
    decodeFrames(frames).flatMap((frame) => {
      const signature = findSignature(frame.octets)
      return signature?.run === run ? [{ port, number: signature.number, ...frame }] : []
    }),
  )
}
