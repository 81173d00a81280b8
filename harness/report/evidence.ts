/**
 * A case's evidence: `evidence.pcapng`, every frame of its windows with comments on those that mattered, and
 * `observations.json`, all that is no packet. The verdict is a function of the two.
 */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import {
  type CapturedPacket,
  type CaptureInterface,
  encodeLatePackets,
  encodePcapng,
} from '../pcap/pcapng.ts'
import type { Assertion, Guest, Port, RecordedFrame, WindowRecord } from '../proof/index.ts'
import { commentsOf, sectionComment } from './comments.ts'

export const PCAPNG_FILE = 'evidence.pcapng'
export const OBSERVATIONS_FILE = 'observations.json'
/** Of a case that deviates: how its hypervisors stood, a text each. */
export const STATE_FOLDER = 'state'
/** What a NIC hands over may be longer than any Ethernet frame: segments put together again (GRO) reach 64 KiB and more. */
const LONGEST_FRAME = 262_144

export interface CaseEvidence {
  title: string // "VLAN-13 a broadcast stays in its VLAN on both hypervisors"
  application: string
  os: string
  scenario: string
  ports: readonly Port[]
  guests: readonly Guest[]
  windows: readonly WindowRecord[]
  assertions: readonly Assertion[]
  observations: object
}

/** A signed frame that came to a port after the window that proved its absence there. */
export interface LateFrame {
  frame: RecordedFrame
  comment: string
}

/** @throws {Error} if the folder has evidence already: what one case showed is never written over by another */
export function writeEvidence(folder: string, evidence: CaseEvidence): void {
  mkdirSync(folder, { recursive: true })
  const comments = commentsOf(evidence)
  const frames = evidence.windows.flatMap((window) => window.frames)
  const packets = frames.map((frame) => packetOf(frame, evidence.ports, comments.get(frame.frame) ?? []))
  const { title, application, os } = evidence
  const interfaces = evidence.ports.map(interfaceOf)
  writeFileSync(
    join(folder, PCAPNG_FILE),
    encodePcapng({ interfaces, packets, application, os, comment: sectionComment(title) }),
    { flag: 'wx' },
  )
  writeObservations(folder, evidence.observations)
}

export function writeObservations(folder: string, observations: object): void {
  const members = Object.entries(observations).filter(([, value]) => value !== undefined)
  const lines = members.map(([name, value]) => `${JSON.stringify(name)}: ${inLines(value)}`)
  writeFileSync(join(folder, OBSERVATIONS_FILE), `{\n${lines.join(',\n')}\n}\n`)
}

/** A line for each window, assertion, port: indentation would be a third of the file. */
function inLines(value: unknown): string {
  if (!Array.isArray(value) || value.length === 0) return JSON.stringify(value, asText)
  return `[\n${value.map((one) => JSON.stringify(one, asText)).join(',\n')}\n]`
}

/** Text for people, a file a hypervisor; nothing is judged by it. Of none no folder. */
export function writeStates(folder: string, states: ReadonlyMap<string, string>): void {
  if (states.size === 0) return
  mkdirSync(join(folder, STATE_FOLDER), { recursive: true })
  for (const [hypervisor, text] of states)
    writeFileSync(join(folder, STATE_FOLDER, `${basename(hypervisor)}.txt`), text)
}

export function appendLate(folder: string, ports: readonly Port[], late: readonly LateFrame[]): void {
  const packets = late.map(({ frame, comment }) => packetOf(frame, ports, [comment]))
  appendFileSync(join(folder, PCAPNG_FILE), encodeLatePackets(packets))
}

/** Nanoseconds exceed what JSON's numbers hold: as decimal text. Octets in hexadecimal, a Buffer's too. */
function asText(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const given = this[key] // before toJSON, which a Buffer has
  if (typeof given === 'bigint') return given.toString()
  if (given instanceof Uint8Array) return Buffer.from(given).toString('hex')
  return value
}

function interfaceOf(port: Port): CaptureInterface {
  return { name: port.id, description: `${port.id}: ${port.description}`, snapLength: LONGEST_FRAME }
}

function packetOf(frame: RecordedFrame, ports: readonly Port[], comments: readonly string[]): CapturedPacket {
  const { timestampNs, direction, octets, originalLength } = frame
  const index = ports.findIndex((port) => port.id === frame.port)
  return { interface: index, timestampNs, direction, octets, originalLength, comments }
}
