/**
 * The linter holds the import rule: in a project of its own, with the real configuration, every import that the rule
 * forbids is refused, and no other.
 */
import { spawnSync } from 'node:child_process'
import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

const clone = join(dirname(fileURLToPath(import.meta.url)), '../..')

interface Import {
  from: string
  of: string
  allowed: boolean
}

const forbid = (from: string, ...imported: readonly string[]) => imports(from, imported, false)
const allow = (from: string, ...imported: readonly string[]) => imports(from, imported, true)

function imports(from: string, imported: readonly string[], allowed: boolean): Import[] {
  return imported.map((of) => ({ from, of, allowed }))
}

const RULE: readonly Import[] = [
  ...allow('harness/wire/x.ts', './ethernet.ts', 'node:util'),
  ...forbid(
    'harness/wire/x.ts',
    '../pcap/pcapng.ts',
    '../port/tap.ts',
    '../index.ts',
    '../../cases/tap/x.case.ts',
  ),
  ...allow('harness/pcap/x.ts', './types.ts', '../wire/ethernet.ts'),
  ...forbid('harness/pcap/x.ts', '../port/tap.ts', '../proof/window.ts', '../cli.ts'),
  ...allow('harness/port/x.ts', '../wire/ethernet.ts', '../pcap/pcapng.ts', 'koffi'),
  ...forbid('harness/port/x.ts', '../agent/agent.ts', '../lab/site.ts', '../runner/catalogue.ts'),
  ...allow('harness/agent/x.ts', '../port/tap.ts', '../wire/ethernet.ts', './messages.ts'),
  ...forbid('harness/agent/x.ts', '../lab/site.ts', '../proof/window.ts', '../report/junit.ts'),
  ...forbid('harness/agent/messages/x.ts', '../../lab/site.ts', '../../index.ts'),
  ...allow('harness/lab/x.ts', '../agent/messages.ts', '../agent/messages/window.ts', '../wire/mac.ts'),
  ...allow('harness/lab/sites/x.ts', '../site.ts', '../../agent/messages/window.ts'),
  ...forbid(
    'harness/lab/x.ts',
    '../agent/agent.ts',
    '../port/tap.ts',
    '../proof/window.ts',
    '../runner/run.ts',
  ),
  ...forbid('harness/lab/sites/x.ts', '../../agent/agent.ts', '../../agent/window/messages.ts'),
  ...allow('harness/proof/x.ts', '../wire/ethernet.ts', '../pcap/pcapng.ts'),
  ...forbid(
    'harness/proof/x.ts',
    '../lab/site.ts',
    '../port/tap.ts',
    '../agent/messages.ts',
    '../report/x.ts',
  ),
  ...allow('harness/report/x.ts', '../wire/ethernet.ts', '../pcap/pcapng.ts', '../proof/window.ts'),
  ...forbid('harness/report/x.ts', '../lab/site.ts', '../runner/run.ts', '../../reports/latest/results.json'),
  ...allow(
    'harness/runner/x.ts',
    '../lab/site.ts',
    '../proof/window.ts',
    '../agent/agent.ts',
    '../report/x.ts',
  ),
  ...forbid('harness/runner/x.ts', '../../cases/vlan/x.case.ts', '../../reports/latest/results.json'),
  ...allow('harness/cli.ts', './runner/run.ts', './lab/site.ts'),
  ...forbid('harness/cli.ts', '../cases/vlan/x.case.ts'),
  ...allow('harness/wire/x.test.ts', '../pcap/pcapng.ts'),
  ...forbid('harness/wire/x.test.ts', '../../cases/vlan/x.case.ts'),
  ...allow(
    'cases/vlan/x.case.ts',
    '../../harness/index.ts',
    '../../fixtures/topologies/default.ts',
    './shared.ts',
  ),
  ...forbid(
    'cases/vlan/x.case.ts',
    '../../harness/lab/site.ts',
    '../../harness/proof/index.ts',
    '../nat/x.ts',
  ),
  ...forbid('cases/vlan/x.case.ts', 'vitest', 'node:fs'),
]

let project = ''
let refused: readonly string[] = []

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'frameproof-imports-'))
  for (const file of ['biome.json', '.gitignore']) copyFileSync(join(clone, file), join(project, file))
  for (const { from, of } of RULE) {
    mkdirSync(join(project, dirname(from)), { recursive: true })
    appendFileSync(join(project, from), `import '${of}'\n`)
  }
  refused = lint().map(({ path, start }) =>
    describeImport(path, importsOf(path)[start.line - 1] ?? 'nothing'),
  )
})

afterAll(() => {
  rmSync(project, { recursive: true })
})

interface Location {
  path: string
  start: { line: number }
}

function lint(): Location[] {
  const biome = join(clone, 'node_modules/.bin/biome')
  const args = ['lint', '--reporter=json', '--max-diagnostics=none', '--only=style/noRestrictedImports', '.']
  const { stdout, stderr } = spawnSync(biome, args, { cwd: project, encoding: 'utf8' })
  if (!stdout.startsWith('{')) throw new Error(`biome failed: ${stderr}`)
  const { diagnostics }: { diagnostics: { category: string; location: Location }[] } = JSON.parse(stdout)
  return diagnostics
    .filter(({ category }) => category === 'lint/style/noRestrictedImports')
    .map(({ location }) => location)
}

/** One import a line. */
function importsOf(path: string): string[] {
  return RULE.filter(({ from }) => from === path).map(({ of }) => of)
}

function describeImport(from: string, of: string): string {
  return `${from} imports ${of}`
}

it('refuses every import that the rule forbids, and no other', () => {
  const forbidden = RULE.filter(({ allowed }) => !allowed).map(({ from, of }) => describeImport(from, of))
  expect([...refused].sort()).toEqual(forbidden.sort())
})
