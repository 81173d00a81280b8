import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { MANIFEST_FILE, type Manifest, writeManifest } from './manifest.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'frameproof-manifest-'))
  mkdirSync(join(folder, 'evidence/VLAN-13/a-title'), { recursive: true })
  writeFileSync(join(folder, 'results.json'), '{}\n')
  writeFileSync(join(folder, 'evidence/VLAN-13/a-title/evidence.pcapng'), Uint8Array.of(1, 2, 3))
  writeFileSync(join(folder, 'empty'), '')
})
afterEach(() => rmSync(folder, { recursive: true }))

function written(): Manifest {
  writeManifest(folder)
  return JSON.parse(readFileSync(join(folder, MANIFEST_FILE), 'utf8')) as Manifest
}

it('names every file of the report with its size, itself apart', () => {
  const { schema, files } = written()
  expect(schema).toBe(1)
  expect(Object.entries(files).map(([name, { sizeOctets }]) => [name, sizeOctets])).toEqual([
    ['empty', 0],
    ['evidence/VLAN-13/a-title/evidence.pcapng', 3],
    ['results.json', 3],
  ])
})

it('has the sums that sha256sum has', () => {
  for (const [name, { sha256 }] of Object.entries(written().files)) {
    const output = execFileSync('sha256sum', [join(folder, name)], { encoding: 'utf8' })
    expect(output.split(' ')[0]).toBe(sha256)
  }
})

it('notices one changed octet, and is the same again where nothing changed', () => {
  const before = written()
  expect(written()).toEqual(before)
  writeFileSync(join(folder, 'evidence/VLAN-13/a-title/evidence.pcapng'), Uint8Array.of(1, 2, 4))
  const name = 'evidence/VLAN-13/a-title/evidence.pcapng'
  expect(written().files[name]?.sha256).not.toBe(before.files[name]?.sha256)
})
