/** manifest.json: the SHA-256 of every file of a report, so that one changed octet is noticed. */
import { createHash } from 'node:crypto'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { z } from 'zod'

export const MANIFEST_FILE = 'manifest.json'
const PIECE_SIZE = 1024 * 1024

export interface Manifest {
  schema: 1
  files: Readonly<Record<string, { sha256: string; sizeOctets: number }>>
}

export function writeManifest(reportFolder: string): void {
  const files: Record<string, { sha256: string; sizeOctets: number }> = {}
  for (const path of filesUnder(reportFolder)) {
    const name = relative(reportFolder, path)
    if (name === MANIFEST_FILE) continue
    files[name] = hashOf(path)
  }
  const manifest: Manifest = { schema: 1, files }
  writeFileSync(join(reportFolder, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`)
}

const manifestSchema = z.object({
  schema: z.literal(1),
  files: z.record(z.string(), z.object({ sha256: z.string(), sizeOctets: z.number() })),
})

/**
 * The names of files that are not as they were written, or are gone, or came later; [] where all is well. A manifest
 * that cannot be read was itself changed: then it is named alone.
 */
export function changedFiles(reportFolder: string): readonly string[] {
  const files = manifestIn(reportFolder)
  if (files === null) return [MANIFEST_FILE]
  const names = new Set([
    ...Object.keys(files),
    ...filesUnder(reportFolder).map((path) => relative(reportFolder, path)),
  ])
  names.delete(MANIFEST_FILE)
  return [...names].filter((name) => {
    const path = join(reportFolder, name)
    return !existsSync(path) || files[name]?.sha256 !== hashOf(path).sha256
  })
}

function manifestIn(reportFolder: string): Manifest['files'] | null {
  try {
    const read = manifestSchema.parse(JSON.parse(readFileSync(join(reportFolder, MANIFEST_FILE), 'utf8')))
    return read.files
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null
    throw error
  }
}

/** In pieces: a report may hold a capture of any size. */
function hashOf(path: string): { sha256: string; sizeOctets: number } {
  const file = openSync(path, 'r')
  try {
    const hash = createHash('sha256')
    const piece = Buffer.allocUnsafe(PIECE_SIZE)
    let sizeOctets = 0
    for (let count = 1; count > 0; sizeOctets += count) {
      count = readSync(file, piece)
      hash.update(piece.subarray(0, count))
    }
    return { sha256: hash.digest('hex'), sizeOctets }
  } finally {
    closeSync(file)
  }
}

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
