/** What tar(1) makes of our archives. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { SCRATCH } from '../../testing/program.ts'
import { tarOf } from './tar.ts'

test.each([0, 1, 511, 512, 513, 70_000])('tar(1) unpacks a file of %i octets, and the next', (size) => {
  const folder = mkdtempSync(join(tmpdir(), SCRATCH))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const octets = Buffer.alloc(size, 'frame')
  const archive = tarOf([
    { path: 'a/b', octets, isProgram: false },
    { path: 'c', octets: Buffer.from('#!/bin/sh\n'), isProgram: true },
  ])
  execFileSync('tar', ['-xf', '-', '-C', folder], { input: archive })
  expect(readFileSync(join(folder, 'a/b'))).toEqual(octets)
  expect(statSync(join(folder, 'c')).mode & 0o777).toBe(0o755)
  expect(statSync(join(folder, 'a/b')).mode & 0o777).toBe(0o644)
})

test('a name that does not fit is refused', () => {
  const octets = new Uint8Array(0)
  expect(() => tarOf([{ path: 'x'.repeat(101), octets, isProgram: false }])).toThrow('too long')
})
