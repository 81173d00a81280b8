/** The far side of SSH sites: a real sshd on loopback, OpenSSH's own client, the real agent. */
import { afterAll, expect, test } from 'vitest'
import { describeUnless } from '../../testing/describe-unless.ts'
import { connectSite } from '../site.ts'
import { SshConnection, startOver } from '../sites/ssh.ts'
import type { SshTarget } from './target.ts'
import { AGENT, mayNot, refused, said, sockets, sshdFor, started } from './testing/site-tests.ts'
import type { Sshd } from './testing/sshd.ts'

afterAll(() => expect(sockets()).toEqual([]))

describeUnless(mayNot, 'a site that SSH reaches', { timeout: 30_000 }, () => {
  test('is asked as any other, and nothing of it is left but the cache', async () => {
    const sshd = await sshdFor()
    const { process, site } = await started(sshd.target())
    expect(site.kind).toBe('ssh')
    expect(await said(site, 'echo "$USER, $(env | grep -c ^LANG=)"; ls /run/frameproof')).toBe(
      'root, 0\nagent.lock\n',
    )
    await process.kill()
    expect(await process.ended).toBe('the agent on hv1 (site) ended with exit status 0')
    expect(sshd.processes()).toEqual([])
    const again = await started(sshd.target())
    expect(await said(again.site, 'ls /root/.cache/frameproof')).toMatch(/^agent-[0-9a-f]{16}\n$/)
  })

  test('gets the agent once: what is there is used again', async () => {
    const sshd = await sshdFor()
    const stamp = 'cd /root/.cache/frameproof/*/; stat -c %i:%Z agent.mjs; ls -d ../*'
    const first = await started(sshd.target())
    const before = await said(first.site, stamp)
    await first.process.kill()
    const second = await started(sshd.target())
    expect(await said(second.site, stamp)).toBe(before)
  })

  test('an upload that was cut, and an agent without its mark, are replaced', async () => {
    const sshd = await sshdFor()
    const first = await started(sshd.target())
    await said(first.site, 'cd /root/.cache/frameproof; mkdir unfinished.99999; rm */complete */agent.mjs')
    await first.process.kill()
    const second = await started(sshd.target())
    expect(await said(second.site, 'cd /root/.cache/frameproof; ls; ls */agent.mjs | wc -l')).toMatch(
      /^agent-\w+\n1\n$/,
    )
  })

  test.each([
    ['is too old', { node: 'echo v12.22.12' }],
    ['does not run', { node: 'exit 127' }],
  ])('whose Node %s gets the one from here, once', async (_, programs) => {
    const sshd = await sshdFor({ programs: { ...programs, nodejs: 'exit 127' } })
    const { process: first, site } = await started(sshd.target())
    expect(await said(site, 'readlink /proc/$PPID/exe')).toMatch(
      /^\/root\/\.cache\/frameproof\/node-v.*\/node\n$/,
    )
    const before = await said(site, 'cd /root/.cache/frameproof; stat -c %i:%Z node-*/node')
    await first.kill()
    const again = await started(sshd.target())
    expect(await said(again.site, 'cd /root/.cache/frameproof; stat -c %i:%Z node-*/node')).toBe(before)
  })

  test('of another platform is refused by name', async () => {
    const sshd = await sshdFor({ programs: { uname: '[ "$1" = -s ] && echo Linux || echo s390x' } })
    expect(await refused(sshd.target())).toMatch(
      /^site hv1 \(site\): it is Linux-s390x-glibc, and native parts are here for Linux-x86_64-glibc, .* only$/,
    )
  })

  test('whose login script chatters is understood', async () => {
    const sshd = await sshdFor({ before: 'echo "printf hello" >/root/.bashrc' })
    const { site } = await started(sshd.target())
    expect(await said(site, 'echo there')).toBe('there\n')
  })

  test('without a program is refused, naming it', async () => {
    const sshd = await sshdFor({
      before:
        'mount --bind /dev/null /usr/bin/flock; mount --bind /dev/null /usr/sbin/ip; mount --bind /dev/null /usr/bin/ip; mount --bind /dev/null /bin/ip 2>/dev/null || :',
    })
    expect(await refused(sshd.target())).toMatch(
      /^site hv1 \(site\): programs are missing there: ip flock: install them/,
    )
  })

  test('without room is refused, with path and sizes', async () => {
    const sshd = await sshdFor({ before: 'mount -t tmpfs -o size=200k tmpfs /root' })
    expect(await refused(sshd.target())).toMatch(
      /^site hv1 \(site\): no room in \/root\/\.cache\/frameproof: \d+ KiB are free, \d{4} KiB are needed: /,
    )
  })

  test('whose disk is full in mid-upload is refused, and nothing of it stays', async () => {
    const df = 'echo; echo x 1 2 99999999 4 /'
    const sshd = await sshdFor({ before: 'mount -t tmpfs -o size=200k tmpfs /root', programs: { df } })
    expect(await refused(sshd.target())).toContain('no room in /root/.cache/frameproof')
    await sshd.untilNone(/./, 2000)
  })

  test('whose home cannot be written has its cache elsewhere', async () => {
    const sshd = await sshdFor({ before: 'mount -o remount,bind,ro /root' })
    const { site } = await started(sshd.target())
    expect(await said(site, 'ls -d /var/tmp/frameproof-0/agent-*')).toMatch(/agent-/)
  })

  test('can be left and taken again over the same connection', async () => {
    const sshd = await sshdFor()
    const connection = await SshConnection.open(sshd.target())
    for (const word of ['first', 'second']) {
      const process = await startOver(connection)
      expect(await said(await connectSite(process), `echo ${word}`)).toBe(`${word}\n`)
      await process.kill()
    }
    expect(sockets()).toHaveLength(1)
    await connection.close()
  })

  test('that is in use is refused, naming by whom', async () => {
    const sshd = await sshdFor()
    await started(sshd.target())
    const words = await refused(sshd.target({ name: 'hv2' }))
    expect(words).toContain('site hv2 (site): it is in use by another run, or by another site of this one')
    expect(words).toMatch(new RegExp(`process ${process.pid} on \\S+, since 20\\d\\d-`))
  })

  test('whose agent outlived its controller is taken over', async () => {
    const sshd = await sshdFor()
    const { process: first } = await started(sshd.target())
    const agent = await sshd.processLike(AGENT)
    process.kill(agent, 'SIGSTOP') // it hangs, and does not see that its line is cut
    await first.kill()
    await sshd.processLike(AGENT)
    const second = await started(sshd.target())
    expect(await said(second.site, 'echo there')).toBe('there\n')
    expect(sshd.processes().filter((line) => AGENT.test(line))).toHaveLength(1)
  })
})

describeUnless(mayNot, 'root by sudo', { timeout: 30_000 }, () => {
  const tester = (sshd: Sshd): SshTarget => sshd.target({ host: 'tester@site', sudo: true })

  test('is the agent, from the login user’s cache', async () => {
    const sshd = await sshdFor({ sudoers: 'Defaults use_pty\ntester ALL=(ALL) NOPASSWD: ALL' })
    const { process: first, site } = await started(tester(sshd))
    expect(await said(site, 'id -u; stat -c %U /home/tester/.cache/frameproof')).toBe('0\ntester\n')
    await first.kill()
    await sshd.untilNone(/./, 2000)
  })

  test('that wants a password is refused', async () => {
    const sshd = await sshdFor({ sudoers: 'tester ALL=(ALL) ALL' })
    expect(await refused(tester(sshd))).toMatch(
      /^site hv1 \(tester@site\): no root by sudo: sudo: a password is required: allow the user NOPASSWD/,
    )
  })

  test('is not asked for where it is not wanted', async () => {
    const sshd = await sshdFor()
    const { site } = await started({ ...tester(sshd), sudo: false })
    expect(await said(site, 'id -u; ls /home/tester/.cache/frameproof/agent.lock')).toMatch(/^4242\n/)
  })
})
