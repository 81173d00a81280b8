/** What a run hands to CI servers, from end to end, where it cannot even build its lab. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { frameproof, SCRATCH } from '../testing/program.ts'

const scratch = mkdtempSync(join(tmpdir(), SCRATCH))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

it('writes junit.xml and summary.md into the report, lists them in the manifest, and tells GitHub', {
  timeout: 90_000,
}, async () => {
  writeFileSync(join(scratch, 'linux.uml'), '#!/bin/sh\necho "no room for memory" >&2\nexit 1\n', {
    mode: 0o755,
  })
  const report = join(scratch, 'report')
  const jobSummary = join(scratch, 'job-summary')
  const read = (name: string): string => readFileSync(join(report, name), 'utf8')
  const { status, stdout, stderr } = await frameproof(
    ['run', '--site', 'uml', 'VLAN-13', '--report', report, '--json'],
    { PATH: `${scratch}:${process.env.PATH}`, GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: jobSummary },
  )

  expect(status).toBe(2)
  expect(read('junit.xml')).toMatch(/<error message="[^"]*no room for memory[^"]*" type="could not run">/)
  expect(read('summary.md')).toMatch(/^\| could not run \| VLAN-13 .*no room for memory/m)
  const { files } = JSON.parse(read('manifest.json')) as { files: object }
  expect(Object.keys(files)).toEqual(expect.arrayContaining(['junit.xml', 'summary.md']))
  expect(readFileSync(jobSummary, 'utf8')).toBe(`${read('summary.md')}\n`)

  const commands = stderr.split('\n').filter((line) => line.startsWith('::'))
  expect(commands).toEqual([
    expect.stringMatching(/^::warning .*title=VLAN-13 could not run::.*no room for memory/),
  ])
  expect(JSON.parse(stdout)).toEqual(JSON.parse(read('results.json'))) // nothing else is in it
})
