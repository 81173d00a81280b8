/**
 * The same frames as classic pcap, for programs that read nothing else: a file a port, with microseconds and without
 * directions; and the mapping of files to ports by which `frameproof judge --captures` reads them.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodePcap } from '../pcap/pcap.ts'
import type { RecordedFrame } from '../proof/index.ts'

export const CLASSIC_FOLDER = 'pcap'
export const MAPPING_FILE = 'mapping.yaml'
const LONGEST_FRAME = 262_144

/** @param drops what was lost, port by port: of each port that was captured */
export function writeClassic(
  folder: string,
  frames: readonly RecordedFrame[],
  drops: ReadonlyMap<string, number>,
): void {
  const classic = join(folder, CLASSIC_FOLDER)
  mkdirSync(classic, { recursive: true })
  const lines = [...drops].map(([port, lost]) => {
    const file = `${port.replaceAll(/[^A-Za-z0-9.-]/g, '_')}.pcap`
    const packets = frames.filter((frame) => frame.port === port)
    writeFileSync(join(classic, file), encodePcap({ snapLength: LONGEST_FRAME, packets }))
    return `  "${port}": { file: ${file}, drops: ${lost} }\n`
  })
  writeFileSync(join(classic, MAPPING_FILE), `captures:\n${lines.join('')}`)
}
