/**
 * setup.sh in a clone of its own, on a system of stubs: nothing is installed, and everything it calls is recorded.
 */
import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const here = dirname(fileURLToPath(import.meta.url))

const SYSTEM =
  'sh cut paste cksum uname env sed awk rm mv mktemp ln cat sleep mkdir rmdir ls head tail flock'.split(' ')

const PACKAGES = `# a comment
needed   pkg-needed   conform  required  why
extra    pkg-extra    conform  optional  why
tested   pkg-tested   test     required  why
machine  pkg-machine  vagrant  required  why
`

let clone = ''
let bin = ''

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'frameproof-setup-test-'))
  bin = join(clone, 'bin')
  mkdirSync(join(clone, 'harness/setup'), { recursive: true })
  mkdirSync(join(clone, 'node_modules'))
  mkdirSync(join(clone, 'reports'))
  mkdirSync(bin)
  copyFileSync(join(here, 'setup.sh'), join(clone, 'harness/setup/setup.sh'))
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

interface Outcome {
  status: number | null
  stdout: string
  stderr: string
  calls: string[]
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

const NPM_CI = 'npm ci --no-audit --no-fund --no-progress --no-update-notifier --include=dev'

describe('setup.sh with nothing missing', () => {
  it('runs the command with its arguments as they were, and says nothing', () => {
    const { status, stdout, stderr, calls: called } = setUp(['conform', 'run', 'VLAN-13', '--report', 'a b'])
    expect({ status, stdout, stderr, called }).toEqual({
      status: 0,
      stdout: 'node: harness/frameproof.mjs run VLAN-13 --report a b\n',
      stderr: '',
      called: [],
    })
  })

  it('runs the tests', () => {
    expect(setUp(['test', 'harness/pcap']).stdout).toBe('tests: harness/pcap\n')
  })

  it('does not ask for what only the tests need', () => {
    remove('tested')
    expect(setUp(['conform', 'run'])).toMatchObject({ status: 0, stderr: '', calls: [] })
  })
})

describe('setup.sh and Node.js', () => {
  it.each(['v18.20.8', 'v20.11.1', 'v9.0.0'])('refuses %s', (version) => {
    stub('node', `echo ${version}`)
    expect(setUp(['conform', 'run'])).toMatchObject({
      status: 2,
      stderr: `frameproof: Node.js 20.12 or later is wanted, this is ${version}\n`,
    })
  })

  it.each(['node', 'npm'])('says that %s is not installed', (program) => {
    remove(program)
    const { status, stderr } = setUp(['conform', 'run'])
    expect(status).toBe(2)
    expect(stderr).toMatch(/^frameproof: .+ is not installed.*\n$/)
  })
})

describe('setup.sh and packages', () => {
  it('installs as root what is missing, says so on standard error, and goes on', () => {
    remove('needed', 'tested')
    const { status, stdout, stderr, calls: called } = setUp(['test'])
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'tests: \n' })
    expect(stderr).toContain('frameproof: installs pkg-needed pkg-tested\n')
    expect(called).toEqual([
      'apt-get update',
      'dpkg --configure -a',
      'apt-get install -y --no-install-recommends pkg-needed pkg-tested',
    ])
  })

  it.each([[['--lab', 'vagrant']], [['VLAN-13', '--lab=vagrant', '--keep']]])(
    'installs what virtual machines need for %s',
    (args) => {
      const { status, stderr } = setUp(['conform', 'run', ...args])
      expect({ status, stderr }).toMatchObject({
        status: 0,
        stderr: expect.stringContaining('frameproof: installs pkg-machine\n'),
      })
    },
  )

  it.each([
    [[]],
    [['--lab', 'embedded']],
    [['--lab', 'vagrant.yaml']],
    [['--report', '--lab', 'x', 'vagrant']],
  ])('installs nothing of virtual machines for %s', (args) => {
    expect(setUp(['conform', 'run', ...args])).toMatchObject({ status: 0, stderr: '', calls: [] })
  })

  it('leaves VirtualBox to its maker', () => {
    const variables = { VAGRANT_DEFAULT_PROVIDER: 'virtualbox' }
    expect(setUp(['conform', 'run', '--lab', 'vagrant'], variables)).toMatchObject({ status: 0, calls: [] })
  })

  it('looks for a file where its whole path is given', () => {
    const file = join(clone, 'a-file')
    writeFileSync(join(clone, 'harness/setup/packages'), `${file} pkg-a-file conform optional why\n`)
    stub('apt-get', `record "apt-get $1"; [ "$1" = update ] || : >"${file}"`)
    expect(setUp(['conform', 'run']).calls).toContain('apt-get install')
    expect(setUp(['conform', 'run'])).toMatchObject({ status: 0, stderr: '' })
  })

  it('gives an ordinary user the one command, and does nothing', () => {
    remove('needed')
    stub('id', 'echo 1000')
    stub('sudo', ':')
    const { status, stderr, calls: called } = setUp(['conform', 'run'])
    expect(status).toBe(2)
    expect(stderr).toMatch(
      /^frameproof: .*: sudo .*apt-get install -y --no-install-recommends pkg-needed'?\n$/,
    )
    expect(called).toEqual([])
  })

  it('names the programs where there is no apt-get', () => {
    remove('apt-get', 'needed', 'extra')
    expect(setUp(['conform', 'run'])).toMatchObject({
      status: 2,
      stderr: 'frameproof: not installed, and there is no apt-get here to install them: needed\n',
    })
  })

  it('goes on without an optional program that the system does not offer', () => {
    remove('apt-get', 'extra')
    expect(setUp(['conform', 'run'])).toMatchObject({
      status: 0,
      stderr: 'frameproof: goes on without extra, which this system does not offer\n',
    })
  })

  it('gives the reason of apt-get in one line', () => {
    remove('needed')
    stub('apt-get', 'echo Hit:1; echo "E: Failed to fetch it" >&2; echo "E: Some files failed" >&2; exit 100')
    const { status, stderr } = setUp(['conform', 'run'])
    expect(status).toBe(2)
    expect(stderr).toContain('frameproof: apt-get update failed: Failed to fetch it; Some files failed\n')
  })

  it('does not believe a package that does not bring its program', () => {
    remove('needed')
    stub('apt-get', ':')
    const { status, stderr } = setUp(['conform', 'run'])
    expect(status).toBe(2)
    expect(stderr).toContain('frameproof: installed, but still not found: needed\n')
  })
})

describe('setup.sh and node_modules', () => {
  it.each<[string, () => void]>([
    ['is missing', () => rmSync(join(clone, 'node_modules'), { recursive: true })],
    ['is out of date', () => writeFileSync(join(clone, 'package-lock.json'), '{ "changed": true }\n')],
    ['is out of date', () => stub('node', '[ "$1" = -v ] && echo v24.1.0 || :')],
    ['is out of date', () => rmSync(join(clone, 'node_modules/.frameproof-setup'))],
  ])('runs npm ci once where it %s', (why, change) => {
    change()
    const first = setUp(['conform', 'run'])
    expect(first).toMatchObject({ status: 0, calls: [NPM_CI] })
    expect(first.stderr).toBe(`frameproof: node_modules ${why}: npm ci\n`)
    expect(setUp(['conform', 'run'])).toMatchObject({ status: 0, stderr: '', calls: [NPM_CI] })
  })

  it('gives the reason of npm in one line, and tries again the next time', () => {
    rmSync(join(clone, 'node_modules/.frameproof-setup'))
    stub(
      'npm',
      'record npm; echo "npm error code ENOTFOUND" >&2; echo "npm error network failed" >&2; exit 1',
    )
    const { status, stderr } = setUp(['conform', 'run'])
    expect(status).toBe(2)
    expect(stderr).toContain('frameproof: npm ci failed: code ENOTFOUND; network failed\n')
    expect(setUp(['conform', 'run']).calls).toEqual(['npm', 'npm'])
  })

  it('hides the settings of the npm around it, but not how to reach the registry', () => {
    rmSync(join(clone, 'node_modules/.frameproof-setup'))
    stub('npm', 'record "$(env | grep -i "^npm_" | sort)"')
    linkProgram('grep')
    linkProgram('sort')
    const outer = {
      npm_config_dry_run: 'true',
      npm_config_omit: 'dev',
      npm_command: 'run-script',
      npm_config_registry: 'https://registry.example',
      npm_config_https_proxy: 'http://proxy.example',
      NPM_CONFIG_CACHE: '/cache',
    }
    expect(setUp(['conform', 'run'], outer).calls).toEqual([
      'NPM_CONFIG_CACHE=/cache',
      'npm_config_https_proxy=http://proxy.example',
      'npm_config_registry=https://registry.example',
    ])
  })
})

describe.each([
  ['flock', true],
  ['a lock file', false],
])('setup.sh with %s', (_, withFlock) => {
  beforeEach(() => {
    if (!withFlock) remove('flock')
    rmSync(join(clone, 'node_modules/.frameproof-setup'))
  })

  it('sets up once where four are started at once', async () => {
    stub('npm', 'record "npm starts"; sleep 0.3; mkdir -p node_modules; record "npm ends"')
    const statuses = await Promise.all([1, 2, 3, 4].map(() => ended(start())))
    expect(statuses).toEqual([0, 0, 0, 0])
    expect(calls()).toEqual(['npm starts', 'npm ends'])
    expect(readdirSync(join(clone, 'reports'))).toEqual([])
  })

  it('ends with npm when it is asked to end, and leaves nothing', async () => {
    stub('npm', 'record "$$"; exec sleep 30')
    const running = start()
    await until(() => calls().length === 1)
    running.kill('SIGTERM')
    expect(await ended(running)).toBe(143)
    expect(isRunning(Number(calls()[0]))).toBe(false)
    expect(readdirSync(join(clone, 'reports'))).toEqual([])
    expect(readdirSync(clone).filter((name) => name.startsWith('frameproof-setup'))).toEqual([])
  })

  it('gets on where another was killed', async () => {
    stub('npm', 'record "$$"; exec sleep 30')
    const killed = start()
    await until(() => calls().length === 1)
    killed.kill('SIGKILL')
    await ended(killed)
    process.kill(Number(calls()[0]), 'SIGKILL')
    stub('npm', 'record "npm again"')
    expect(setUp(['conform', 'run'])).toMatchObject({ status: 0, calls: [calls()[0], 'npm again'] })
  })
})

function start() {
  return spawn('/bin/sh', ['harness/setup/setup.sh', 'conform', 'run'], {
    cwd: clone,
    env: environment({}),
    stdio: 'ignore',
  })
}

function ended(child: ReturnType<typeof start>): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('close', resolve)
  })
}

async function until(isSo: () => boolean): Promise<void> {
  await expect.poll(isSo, { interval: 5, timeout: 5_000 }).toBe(true)
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
