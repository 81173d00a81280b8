/** manifest.json: the SHA-256 of every file of a report, so that one changed octet is noticed. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
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
    files[name] = { sha256: hashOf(octets), sizeOctets: octets.length }
  }
  const manifest: Manifest = { schema: 1, files }
  writeFileSync(join(reportFolder, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`)
}

/** The names of files that are not as they were written, or are gone, or came later; [] where all is well. */
export function changedFiles(reportFolder: string): readonly string[] {
  const { files } = JSON.parse(readFileSync(join(reportFolder, MANIFEST_FILE), 'utf8')) as Manifest
  const names = new Set([
    ...Object.keys(files),
    ...filesUnder(reportFolder).map((path) => relative(reportFolder, path)),
  ])
  names.delete(MANIFEST_FILE)
  return [...names].filter((name) => {
    const path = join(reportFolder, name)
    return !existsSync(path) || files[name]?.sha256 !== hashOf(readFileSync(path))
  })
}

function hashOf(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex')
}

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
