/** Connections that do not come about: OpenSSH's own words, and ours. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeUnless } from '../../testing/describe-unless.ts'
import { mayNot, refused, sockets } from './testing/site-tests.ts'
import { Sshd } from './testing/sshd.ts'

afterAll(() => expect(sockets()).toEqual([]))

describeUnless(mayNot, 'a connection that does not come about', { timeout: 30_000 }, () => {
  let sshd: Sshd
  beforeAll(async () => {
    sshd = await Sshd.start()
  })
  afterAll(() => sshd.end())
  afterEach(() => {
    sshd.configure()
    sshd.knownKey('host')
  })

  test('as the host is unknown', async () => {
    sshd.configure(['HostName no-such-host.invalid'])
    expect(await refused(sshd.target())).toMatch(
      /^site hv1 \(site\): the host is unknown: Could not resolve hostname no-such-host\.invalid: .*: correct the name/,
    )
  })

  test('as nothing listens', async () => {
    sshd.configure(['Port 1'])
    expect(await refused(sshd.target())).toMatch(
      /: the connection is refused: connect to host 127\.0\.0\.1 port 1: /,
    )
  })

  test('as nobody answers', async () => {
    sshd.configure(['ProxyCommand sleep 60'])
    expect(await refused(sshd.target())).toMatch(/: it cannot be reached: .*timed out/)
  })

  test('as the key is refused', async () => {
    sshd.configure([], 'stranger')
    expect(await refused(sshd.target())).toMatch(
      /: it refuses the key: .*Permission denied \(publickey\)\.?: run ssh -F \S+ site and/,
    )
  })

  test('as the host key is not known', async () => {
    sshd.knownKey(null)
    expect(await refused(sshd.target())).toMatch(/: its host key is not known here: run ssh -F \S+ site once/)
  })

  test('as the host key has changed', async () => {
    sshd.knownKey('stranger')
    expect(await refused(sshd.target())).toMatch(/: its host key has changed: /)
  })

  test('as the configuration is wrong', async () => {
    sshd.configure(['NoSuchOption yes'])
    expect(await refused(sshd.target())).toMatch(/: ssh does not connect: .*: run ssh -F/)
  })

  test('as the host is an option', async () => {
    const never = join(sshd.folder, 'never')
    expect(await refused(sshd.target({ host: `-oProxyCommand=touch ${never}` }))).toMatch(
      /: ssh does not connect: /,
    )
    expect(existsSync(never)).toBe(false)
  })
})
