import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeUnless } from '../../testing/describe-unless.ts'
import { VAGRANT_FOLDER } from './names.ts'
import { isInstalled } from './processes.ts'
import { progressOf, reasonIn, whyItFailed } from './vagrant-command.ts'

describe('progressOf', () => {
  it.each([
    ['==> hv1: Starting domain.', 'vagrant: hv1: booting'],
    ['\r\u001b[KProgress: 100%\r\u001b[K==> hv1: Machine booted and ready!', 'vagrant: hv1: up'],
    [
      '==> fabric: Uploading base box image as volume into Libvirt storage...',
      'vagrant: fabric: the box goes to the storage pool',
    ],
    ['==> hv2:  -- Memory:            384M', null],
    ["Bringing machine 'hv1' up with 'libvirt' provider...", null],
    ['', null],
  ])('makes of %j %j', (line, words) => {
    expect(progressOf(line)).toBe(words)
  })
})

describe('reasonIn', () => {
  it('is the paragraph after the last step, in one line', () => {
    const said = `Bringing machine 'hv1' up with 'libvirt' provider...
==> hv1: Starting domain.
There was an error talking to Libvirt. The error message is shown
below:

Call to virDomainCreateWithFlags failed: cannot access storage file
`
    expect(reasonIn(said)).toBe('below: Call to virDomainCreateWithFlags failed: cannot access storage file')
  })

  it('is not a progress bar', () => {
    expect(reasonIn('==> hv1: Uploading\n\r\u001b[KProgress: 3%\r\u001b[KNo space left on device\n')).toBe(
      'No space left on device',
    )
  })

  it('is shortened', () => {
    expect(reasonIn('x'.repeat(1000))).toHaveLength(301)
  })
})

describe('whyItFailed', () => {
  const nothing = { status: null, timedOut: false, stdout: '', said: '' }

  it('tells the last step of what took too long', () => {
    const said = '==> hv1: Starting domain.\n    hv1: SSH address: 192.0.2.7:22\n'
    expect(whyItFailed({ ...nothing, timedOut: true, said }, 60_000)).toBe(
      'it took longer than 60 s; last it said: hv1: SSH address: 192.0.2.7:22',
    )
  })

  it('falls back on the exit status', () => {
    expect(whyItFailed({ ...nothing, status: 3 }, 1)).toBe('exit status 3')
  })
})

const mayNot = isInstalled('vagrant') ? null : 'vagrant is not installed'

describeUnless(mayNot, 'the Vagrantfile', {}, () => {
  it.each(['', 'frameproof-0123456789ab'])(
    'is valid with box %j',
    (box) => {
      const state = mkdtempSync(join(tmpdir(), 'frameproof-vagrant-'))
      try {
        const { status, stdout, stderr } = spawnSync('vagrant', ['validate', '--ignore-provider'], {
          cwd: VAGRANT_FOLDER,
          encoding: 'utf8',
          env: {
            ...process.env,
            VAGRANT_HOME: join(state, 'home'),
            VAGRANT_DOTFILE_PATH: state,
            FRAMEPROOF_BOX: box,
          },
        })
        expect({ status, stdout, stderr }).toMatchObject({ status: 0 })
      } finally {
        rmSync(state, { recursive: true })
      }
    },
    30_000,
  )
})
