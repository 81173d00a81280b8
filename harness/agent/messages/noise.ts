/** Background noise, as an agent is told to make it, and what it says of it. */
import { RequestType } from 'vscode-jsonrpc'
import type { PortId } from './requests.ts'

export interface NoiseSource {
  /** A guest's device or a NIC that is captured; while there is none, it is silent. */
  port: PortId
  /** Sent in turn, again and again. */
  frames: readonly Uint8Array[]
}

export interface NoiseRequest {
  /** What each source's port is to carry, whoever sent it. */
  framesPerSecond: number
  sources: readonly NoiseSource[]
  /** How the source address of every such frame begins: by that it is counted. */
  mark: Uint8Array
}

export interface NoiseAtPort {
  port: PortId
  /** Frames of noise that passed it, both ways. */
  carried: number
  /** Of these, what its own source sent. */
  sent: number
  /** How long it was up, with carrier. */
  upMs: number
  /** Of both, what fell into the time in which a window was open. */
  inWindows: { carried: number; upMs: number }
}

/** From now on; null: no more. What was counted is forgotten. */
export const makeNoise = new RequestType<NoiseRequest | null, void, void>('makeNoise')
/** Of every port that is or was captured, since this was last asked. */
export const takeNoise = new RequestType<void, readonly NoiseAtPort[], void>('takeNoise')
