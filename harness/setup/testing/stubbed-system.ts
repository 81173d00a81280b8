/**
 * setup.sh in a clone of its own, on a system of stubs: nothing is installed, and everything it calls is recorded.
 * For tests only.
 */
import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'

const SETUP = join(import.meta.dirname, '../setup.sh')

const SYSTEM =
  'sh cut paste cksum uname env sed awk rm mv mktemp ln cat sleep mkdir rmdir ls head tail flock'.split(' ')

const PACKAGES = `# a comment
needed   pkg-needed   conform  required  why
extra    pkg-extra    conform  optional  why
tested   pkg-tested   test     required  why
machine  pkg-machine  vagrant  required  why
`

export interface Outcome {
  status: number | null
  stdout: string
  stderr: string
  calls: string[]
}

/** Anew for each test of the file. */
export function stubbedSystem() {
  let clone = ''
  let bin = ''

  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), 'frameproof-setup-test-'))
    bin = join(clone, 'bin')
    mkdirSync(join(clone, 'harness/setup'), { recursive: true })
    mkdirSync(join(clone, 'node_modules'))
    mkdirSync(join(clone, 'reports'))
    mkdirSync(bin)
    copyFileSync(SETUP, join(clone, 'harness/setup/setup.sh'))
    writeFileSync(join(clone, 'harness/setup/packages'), PACKAGES)
    writeFileSync(join(clone, 'harness/setup/run-tests.sh'), 'echo "tests: $*"\n')
    writeFileSync(join(clone, 'package-lock.json'), '{}\n')
    for (const program of SYSTEM) linkProgram(program)
    stub('node', '[ "$1" = -v ] && echo v20.12.0 || echo "node: $*"')
    stub('npm', 'record "npm $*"; mkdir -p node_modules')
    stub('id', 'echo 0')
    stub('dpkg', 'record "dpkg $*"')
    stub(
      'apt-get',
      'record "apt-get $*"; [ "$1" = update ] || for p; do case $p in pkg-*) make "$' +
        '{p#pkg-}";; esac; done',
    )
    stub('apt-cache', ':')
    for (const program of ['needed', 'extra', 'tested']) stub(program, ':')
    writeStamp()
  })

  afterEach(() => {
    rmSync(clone, { recursive: true })
  })

  function linkProgram(program: string): void {
    const found = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim()
    if (found.startsWith('/')) symlinkSync(found, join(bin, program))
  }

  function stub(name: string, script: string): void {
    const path = join(bin, name)
    rmSync(path, { force: true })
    const tools = `record() { echo "$*" >>"${clone}/calls"; }
make() { printf '#!/bin/sh\\n' >"${bin}/$1"; /bin/chmod +x "${bin}/$1"; }`
    writeFileSync(path, `#!/bin/sh\n${tools}\n${script}\n`)
    chmodSync(path, 0o755)
  }

  function remove(...programs: readonly string[]): void {
    for (const program of programs) rmSync(join(bin, program), { force: true })
  }

  function writeStamp(): void {
    const written = spawnSync(
      'sh',
      ['-c', 'printf "%s, node 20, %s\\n" "$(cksum <package-lock.json)" "$(uname -sm)"'],
      {
        cwd: clone,
        encoding: 'utf8',
      },
    )
    writeFileSync(join(clone, 'node_modules/.frameproof-setup'), written.stdout)
  }

  function environment(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return { PATH: bin, TMPDIR: clone, ...variables }
  }

  function setUp(args: readonly string[], variables: NodeJS.ProcessEnv = {}): Outcome {
    const { status, stdout, stderr } = spawnSync('/bin/sh', ['harness/setup/setup.sh', ...args], {
      cwd: clone,
      encoding: 'utf8',
      env: environment(variables),
      timeout: 20_000,
    })
    return { status, stdout, stderr, calls: calls() }
  }

  function calls(): string[] {
    const path = join(clone, 'calls')
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
  }

  function start() {
    return spawn('/bin/sh', ['harness/setup/setup.sh', 'conform', 'run'], {
      cwd: clone,
      env: environment({}),
      stdio: 'ignore',
    })
  }

  const inClone = (...path: readonly string[]): string => join(clone, ...path)
  return { inClone, linkProgram, stub, remove, setUp, start, calls }
}
