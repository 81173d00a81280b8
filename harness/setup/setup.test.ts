/** setup.sh where nothing is missing, and where Node.js is: in a clone of its own, on a system of stubs. */
import { describe, expect, it } from 'vitest'
import { stubbedSystem } from './testing/stubbed-system.ts'

const { stub, remove, setUp } = stubbedSystem()

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
