/** A private libvirtd, without machines in it: it comes, answers, and goes with all that belongs to it. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { describeUnless } from '../../testing/describe-unless.ts'
import { endPrivateLibvirtd, goneHolder, startPrivateLibvirtd } from './libvirtd.ts'
import { LIBVIRT_URI } from './names.ts'
import { isAlive, isInstalled, killProcess, type ProcessId, run } from './processes.ts'

const NEEDED = ['libvirtd', 'virtlogd', 'virsh']
const MOUNTS = '/proc/self/mountinfo'
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'frameproof-libvirtd-'))
  vi.stubEnv('XDG_STATE_HOME', folder)
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

function whyNot(): string | null {
  if (process.getuid?.() !== 0) return 'not root'
  const missing = NEEDED.find((program) => !isInstalled(program))
  return missing === undefined ? null : `${missing} is not installed`
}

describeUnless(whyNot(), 'a private libvirtd', { timeout: 120_000 }, () => {
  it('answers inside, changes nothing outside, and ends whole', async () => {
    const before = { mounts: readFileSync(MOUNTS, 'utf8'), run: existsSync('/run/libvirt') }
    const holder = await startPrivateLibvirtd(false)
    const enter = ['nsenter', `--target=${holder.inside.pid}`, '--mount', '--net', '--pid', '--']
    const asked = { command: [...enter, 'virsh', '--connect', LIBVIRT_URI, 'pool-list'], deadlineMs: 20_000 }
    expect((await run(asked)).stdout).toMatch(/default +active/)
    expect({ mounts: readFileSync(MOUNTS, 'utf8'), run: existsSync('/run/libvirt') }).toEqual(before)
    await endPrivateLibvirtd(holder)
    expect(isAlive(holder.inside)).toBe(false)
  })

  it('says so when it is killed', async () => {
    const holder = await startPrivateLibvirtd(false)
    const gone = goneHolder(holder)
    killProcess(holder.holder)
    // The watch keeps no program from ending: this does.
    const waiting = setInterval(() => undefined, 1000)
    expect(await gone).toBe('the process that held the virtual machines ended')
    clearInterval(waiting)
  })

  it.each([
    [false, 'goes when'],
    [true, 'stays though'],
  ])('told to outlive its starter (%s), %s that is killed', async (outlives) => {
    const program = `
      import { register } from 'tsx/esm/api'
      register()
      const { startPrivateLibvirtd } = await import(${JSON.stringify(join(import.meta.dirname, 'libvirtd.ts'))})
      console.log(JSON.stringify(await startPrivateLibvirtd(${outlives})))
      setInterval(() => {}, 1000)`
    const starter = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const line = await new Promise<string>((resolve, reject) => {
      starter.stdout.once('data', (octets: Buffer) => resolve(octets.toString()))
      starter.once('exit', () => reject(new Error('the starter ended')))
    })
    const holder = JSON.parse(line) as { holder: ProcessId; inside: ProcessId }
    starter.kill('SIGKILL')
    if (outlives) {
      await new Promise((resolve) => starter.once('exit', resolve))
      expect(isAlive(holder.inside)).toBe(true)
      await endPrivateLibvirtd(holder)
    }
    await expect.poll(() => isAlive(holder.inside), { timeout: 10_000 }).toBe(false)
  })
})
