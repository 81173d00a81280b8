/** What a report keeps of the scripts of a run, and the command that runs it again from a bundle. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { BESIDE_FOLDER, copyImplementation, foldersBeside } from './implementation-copy.ts'
import { commandAgain, type RunRecord } from './run-record.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'frameproof-record-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Folders side by side, each of one script. */
function implementations(scripts: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(scripts)) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'configure'), text)
  }
}

it('a wrapper is kept with what it runs beside it, and with what that runs', () => {
  implementations({
    wrapper: 'exec "$(dirname "$0")"/../base/configure "$@"\n',
    base: '. ../common/configure; . ../../elsewhere/configure; . ../missing/configure\n',
    common: ':\n',
    elsewhere: ':\n',
    other: ':\n',
  })
  const report = join(folder, 'report')
  const wrapper = { folder: join(folder, 'wrapper'), configure: join(folder, 'wrapper/configure') }
  expect(copyImplementation(wrapper, report)).toEqual({
    ...{ files: ['configure'], beside: ['base', 'common'], leftOut: [] },
  })
  expect(readdirSync(join(report, BESIDE_FOLDER)).sort()).toEqual(['base', 'common'])
  expect(foldersBeside(join(folder, 'other'))).toEqual([])
})

const record: RunRecord = {
  ...{ schema: 1, revision: null },
  asked: { ids: ['VLAN-13'], lab: 'embedded', site: 'uml', shuffle: null, scale: false },
  implementation: { name: 'linux-bridge', own: false, files: ['configure'], beside: [], leftOut: [] },
  fault: { file: 'a $fault.sh', title: 'one', own: false },
}

it('the command names what is in the bundle in quotes, whosever it is', () => {
  const command = (own: boolean): string =>
    commandAgain({ ...record, implementation: { ...record.implementation, own } }, ['VLAN-13'], '$BUNDLE')
  const fault = '--fault "$BUNDLE/fault/a \\$fault.sh"'
  const run = 'npm run conform -- VLAN-13 --site uml --implementation'
  expect(command(false)).toBe(`${run} linux-bridge ${fault}`)
  expect(command(true)).toBe(`${run} "$BUNDLE/implementation" ${fault}`)
})
