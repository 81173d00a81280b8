import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { boxName, isBoxThere } from './box.ts'
import { boxVolumes, isOurs } from './domains.ts'
import { stateFolder, VAGRANT_FOLDER } from './names.ts'
import { identify, isAlive, killProcess, run } from './processes.ts'
import { claimLab, forgetLab, notedLab, noteLab, releaseLab } from './state.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'frameproof-vagrant-state-'))
  vi.stubEnv('XDG_STATE_HOME', folder)
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

describe('the claim', () => {
  const other = (owner: unknown): void =>
    writeFileSync(join(stateFolder(), 'owner.json'), JSON.stringify(owner))

  it('is one process at a time', () => {
    claimLab()
    claimLab()
    other(identify(process.ppid))
    expect(() => claimLab()).toThrow(`the Vagrant lab is in use by process ${process.ppid}`)
  })

  it('of a process that died, or whose number came again, does not count', () => {
    claimLab()
    other({ pid: process.ppid, startedAt: '1' })
    expect(() => claimLab()).not.toThrow()
    releaseLab()
    expect(existsSync(join(stateFolder(), 'owner.json'))).toBe(false)
  })
})

describe('the note', () => {
  it('is found again until it is forgotten', () => {
    claimLab()
    expect(notedLab()).toBeNull()
    const lab = { holder: null, box: 'b', isUp: true }
    noteLab(lab)
    expect(notedLab()).toEqual(lab)
    forgetLab()
    expect(notedLab()).toBeNull()
  })
})

describe('the box', () => {
  it('has a name for each recipe', () => {
    const recipe = join(folder, 'box')
    cpSync(join(VAGRANT_FOLDER, 'box'), recipe, { recursive: true })
    expect(boxName(recipe)).toBe(boxName())
    expect(boxName()).toMatch(/^frameproof-[0-9a-f]{12}$/)
    writeFileSync(join(recipe, 'files/etc/another'), 'x')
    expect(boxName(recipe)).not.toBe(boxName())
  })

  it('is looked for where Vagrant keeps boxes', () => {
    vi.stubEnv('VAGRANT_HOME', folder)
    expect(isBoxThere()).toBe(false)
  })
})

describe('processes', () => {
  it('are told from later ones with the same number, and killed only if they are the same', async () => {
    const child = spawn('sleep', ['60'])
    const ended = new Promise((resolve) => child.on('exit', resolve))
    const id = identify(child.pid ?? 0)
    if (id === null) throw new Error('it is not there')
    killProcess({ ...id, startedAt: '1' })
    expect(isAlive(id)).toBe(true)
    killProcess(id)
    await ended
    expect(isAlive(id)).toBe(false)
  })

  it('are killed with all that they started when their time is over', async () => {
    const command = ['sh', '-c', 'echo begun; sleep 60 & wait']
    const outcome = await run({ command, deadlineMs: 300 })
    expect(outcome).toMatchObject({ status: null, timedOut: true, stdout: 'begun\n' })
  })

  it('that cannot be started say why', async () => {
    const outcome = await run({ command: ['frameproof-no-such-program'], deadlineMs: 5000 })
    expect(outcome.status).not.toBe(0)
    expect(outcome.said).toContain('frameproof-no-such-program')
  })
})

describe('a virtual machine', () => {
  it('is ours by the Vagrantfile that it names', () => {
    expect(isOurs(`Source: ${VAGRANT_FOLDER}/Vagrantfile\n`)).toBe(true)
    expect(isOurs('Source: /somewhere/else/Vagrantfile\n')).toBe(false)
  })
})

describe('a volume', () => {
  it('is ours if it is the disk of a local box', () => {
    const list = ` frameproof-0123456789ab_vagrant_box_image_0_1_box.img   /pool/a.img
 frameproof_hv1.img                                         /pool/frameproof_hv1.img
 debian-VAGRANTSLASH-bookworm64_vagrant_box_image_12_box.img   /pool/b.img
`
    expect(boxVolumes(list)).toEqual(['frameproof-0123456789ab_vagrant_box_image_0_1_box.img'])
  })
})
