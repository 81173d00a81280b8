/** setup.sh installs packages of the system: in a clone of its own, on a system of stubs. */
import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { stubbedSystem } from './testing/stubbed-system.ts'

const { inClone, stub, remove, setUp } = stubbedSystem()

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
    const file = inClone('a-file')
    writeFileSync(inClone('harness/setup/packages'), `${file} pkg-a-file conform optional why\n`)
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
