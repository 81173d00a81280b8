/** manifest.json: the SHA-256 of every file of a report, so that one changed octet is noticed. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

export const MANIFEST_FILE = 'manifest.json'

export interface Manifest {
  schema: 1
  files: Readonly<Record<string, { sha256: string; sizeOctets: number }>>
}

export function writeManifest(reportFolder: string): void {
  const files: Record<string, { sha256: string; sizeOctets: number }> = {}
  for (const path of filesUnder(reportFolder)) {
    const name = relative(reportFolder, path)
    if (name === MANIFEST_FILE) continue
    const octets = readFileSync(path)
    files[name] = { sha256: createHash('sha256').update(octets).digest('hex'), sizeOctets: octets.length }
  }
  const manifest: Manifest = { schema: 1, files }
  writeFileSync(join(reportFolder, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`)
}

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
