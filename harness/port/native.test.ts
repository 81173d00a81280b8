/** Where the native packages are missing, everything here can be imported, and using it gives one clear line. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const HARNESS = join(import.meta.dirname, '..')
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

let folder = ''

/** A copy of the sources, with no packages beside it. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'frameproof-test-'))
  for (const part of ['wire', 'port']) cpSync(join(HARNESS, part), join(folder, part), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
})
afterAll(() => rmSync(folder, { recursive: true }))

function run(code: string): string {
  writeFileSync(join(folder, 'test.ts'), code)
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', LOADER, 'test.ts'], {
    cwd: folder,
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  return stdout
}

test('every module can be imported', () => {
  const modules = readdirSync(join(folder, 'port')).filter(
    (name) => /^[a-z-]+\.ts$/.test(name) && name !== 'cap-process.ts',
  )
  const imports = modules.map((name) => `import './port/${name}'`).join('\n')
  expect(modules).toContain('raw-ip.ts')
  expect(run(`${imports}\nprocess.stdout.write('imported')`)).toBe('imported')
})

test.each([
  ['koffi', 'ring-capture', `openRingCapture({ namespace: null, interfaceName: 'lo', onFrame() {} })`],
  [
    'cap',
    'cap-session',
    `CapSession.open({ interfaceName: 'lo', filter: '', kernelBufferOctets: 1 }, () => {})`,
  ],
  ['raw-socket', 'raw-ip', 'RawIp.open({ namespace: null, protocol: 1 })'],
])('%s is missed when it is used, in one line', (name, module, use) => {
  const what = /\w+/.exec(use)?.[0]
  const said = run(
    `import { ${what} } from './port/${module}.ts'
     try { await ${use} } catch (error) { process.stdout.write(String(error.message)) }`,
  )
  expect(said).toMatch(new RegExp(`^the native package ${name} does not load on this machine: .*npm ci$`))
})
