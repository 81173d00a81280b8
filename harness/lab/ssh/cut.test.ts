/** Connections that are cut, that are slow, and ends of all kinds. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import * as messages from '../../agent/messages/index.ts'
import { describeUnless } from '../../testing/describe-unless.ts'
import { survivors } from '../../testing/program.ts'
import { AGENT, mayNot, said, sockets, sshdFor, started } from './testing/site-tests.ts'
import type { Sshd } from './testing/sshd.ts'

const CONTROLLER = join(import.meta.dirname, 'testing/controller.ts')
const SLOW = join(import.meta.dirname, 'testing/slow-proxy.mjs')

afterAll(() => expect(sockets()).toEqual([]))

/** Another process that has the site. */
function holdSite(sshd: Sshd) {
  const mark = randomBytes(8).toString('hex')
  const child = spawn(process.execPath, ['--import', 'tsx', CONTROLLER, sshd.configFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, FRAMEPROOF_TEST_MARK: mark },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return { child, mark }
}

describeUnless(mayNot, 'a connection that is cut', { timeout: 60_000 }, () => {
  test('by the far side is told at once', async () => {
    const sshd = await sshdFor()
    const { process: site } = await started(sshd.target())
    process.kill(await sshd.processLike(/^\d+ sshd: root/), 'SIGKILL')
    expect(await site.died).toMatch(/^the ssh connection to hv1 \(site\) was cut: /)
    await sshd.untilNone(AGENT, 2000)
  })

  test('with an agent that was killed is another thing', async () => {
    const sshd = await sshdFor()
    const { process: site } = await started(sshd.target())
    process.kill(await sshd.processLike(AGENT), 'SIGKILL')
    expect(await site.died).toBe('the agent on hv1 (site) was killed')
  })

  test('and stays open for ever ends within 15 to 20 s, here and there', async () => {
    const sshd = await sshdFor()
    const pidFile = join(sshd.folder, 'proxy')
    sshd.configure([`ProxyCommand ${process.execPath} ${SLOW} %h %p 0 ${pidFile}`])
    const { process: site } = await started(sshd.target())
    const proxy = Number(readFileSync(pidFile, 'utf8'))
    onTestFinished(() => void process.kill(proxy, 'SIGKILL'))
    process.kill(proxy, 'SIGSTOP')
    const begin = Date.now()
    const [words, silentForMs] = await Promise.all([site.died, sshd.untilNone(AGENT, 25_000)])
    expect(words).toMatch(/^the ssh connection to hv1 \(site\) was cut: Timeout, server .* not responding/)
    expect(Date.now() - begin).toBeLessThan(25_000)
    expect(silentForMs).toBeGreaterThan(10_000)
  })

  test('by the death of the controller leaves no ssh and no agent', async () => {
    const sshd = await sshdFor()
    const { child, mark } = holdSite(sshd)
    await new Promise((resolve) => child.stdout?.once('data', resolve))
    expect(sockets(child.pid)).toHaveLength(1)
    await sshd.processLike(AGENT)
    child.kill('SIGKILL')
    expect(await sshd.untilNone(AGENT, 2000)).toBeLessThan(2000)
    expect(await survivors(mark)).toEqual([])
    expect(sockets(child.pid)).toEqual([])
  })

  test('slow by 200 ms each way, all goes as always', async () => {
    const sshd = await sshdFor()
    sshd.configure([`ProxyCommand ${process.execPath} ${SLOW} %h %p 200 ${join(sshd.folder, 'proxy')}`])
    const { process: site, site: asked } = await started(sshd.target())
    expect(await said(asked, 'echo there')).toBe('there\n')
    await site.kill()
    expect(await site.ended).toBe('the agent on hv1 (site) ended with exit status 0')
  })

  test('is none while the agent is busy for longer than it waits, and the controller for 5 s', async () => {
    const sshd = await sshdFor()
    const { site } = await started(sshd.target())
    const busy = site.ask(messages.window, { run: 1, steps: [{ kind: 'settle', ms: 17_000 }] })
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5000)
    expect((await busy).steps).toEqual([{ kind: 'settled' }])
    expect(await said(site, 'echo there')).toBe('there\n')
  })
})
