/** Evidence of windows that no lab played, written to a folder of its own and read as Wireshark reads it. For tests only. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { type Assertion, exactly, experimental, type Seen } from '../../proof/index.ts'
import { type Trouble, windowOf } from '../../proof/testing/window.ts'
import { blue2, red1, red2, red3, world } from '../../proof/testing/world.ts'
import { type CaseEvidence, PCAPNG_FILE, writeEvidence } from '../evidence.ts'

export const signed = experimental({ from: red1, to: red3 })
export const nameless = exactly(
  experimental({ from: red1, to: red2 }).build(new Uint8Array(16)),
  'sixty octets',
)

export async function windowFrom(firstFrame: number, trouble: Trouble = {}): Promise<Seen> {
  return windowOf(
    async (w) => {
      await w.inject(red1, signed, nameless)
      await w.proveDelivery({ of: [signed, nameless], at: [red3.port, red2.port] })
      await w.proveAbsence({ of: signed, at: [blue2.port] })
    },
    { firstFrame, ...trouble },
  )
}

/** Anew for each test of the file. */
export function withEvidence() {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'frameproof-evidence-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function write(
    windows: readonly Seen[],
    assertions: readonly Assertion[] = [],
    observations: object = {},
  ): void {
    const evidence: CaseEvidence = {
      ...{ title: 'VLAN-99 a title', application: 'Frameproof', os: 'Linux 6.1 (uml)' },
      scenario: 'vlan',
      ports: world.ports,
      guests: world.guests,
      windows: windows.map((seen) => seen.record),
      assertions,
      observations,
    }
    writeEvidence(folder, evidence)
  }

  /** As Wireshark counts and shows them. */
  function tsharkRows(...fields: readonly string[]): readonly (readonly string[])[] {
    const wanted = ['frame.number', ...fields].flatMap((field) => ['-e', field])
    const args = ['-n', '-r', join(folder, PCAPNG_FILE), '-T', 'fields', '-E', 'aggregator=;', ...wanted]
    const text = execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return text
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'))
  }

  return { write, tsharkRows, place: () => folder }
}
