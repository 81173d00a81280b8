/** What is the second backend's own: what it cannot tell, its process, and the package's traps. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeUnless } from '../testing/describe-unless.ts'
import { openCapCapture } from './cap-capture.ts'
import { PacketSocket } from './packet-socket.ts'
import { Collector } from './testing/collector.ts'
import { children, leaveHost, makeCable } from './testing/network.ts'
import { numberedFrame } from './testing/numbered-frame.ts'

const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const program = (name: string) => ['--import', LOADER, join(import.meta.dirname, 'testing', name)]

const mayNot = leaveHost()

describeUnless(mayNot, 'a capture by cap', { timeout: 30_000 }, () => {
  const right = { namespace: 'right', interfaceName: 'cable-r' }
  let left: PacketSocket
  beforeAll(() => {
    makeCable({ namespace: 'left', nic: 'cable-l' }, { namespace: 'right', nic: 'cable-r' })
    left = PacketSocket.open('left')
  })
  afterAll(() => left.close())

  test('says that it cannot tell time, direction and losses', async () => {
    const seen = new Collector()
    const capture = await openCapCapture({ ...right, onFrame: seen.onFrame })
    left.send('cable-l', numberedFrame(1))
    expect(await seen.have(1)).toMatchObject([{ timestampNs: null, direction: null, originalLength: 60 }])
    expect(capture.drops()).toBeNull()
    await capture.close()
  })

  test.each([
    ['SIGKILL', /right:cable-r: its process ended with SIGKILL/],
    ['SIGABRT', /right:cable-r went down or was removed/],
  ] as const)(
    'ends with a reason when its process gets %s, and so does what it was to send',
    async (signal, reason) => {
      const capture = await openCapCapture({ ...right, onFrame: () => undefined })
      if (capture.pid === undefined) throw new Error('it has no process')
      process.kill(capture.pid, 'SIGSTOP')
      const sending = capture.send([numberedFrame(1)])
      process.kill(capture.pid, signal)
      process.kill(capture.pid, 'SIGCONT')
      await expect(sending).rejects.toThrow(reason)
      expect(await capture.ended).toMatch(reason)
      await expect(capture.send([numberedFrame(2)])).rejects.toThrow(reason)
      await capture.close()
    },
  )

  test('is closed even where its process hangs', async () => {
    const capture = await openCapCapture({ ...right, onFrame: () => undefined })
    if (capture.pid === undefined) throw new Error('it has no process')
    process.kill(capture.pid, 'SIGSTOP')
    await capture.close()
    expect(children()).not.toContain(String(capture.pid))
  })

  test('its process ends with its parent, even if that is killed', async () => {
    const parent = spawn(process.execPath, [...program('cap-parent.ts'), 'right', 'cable-r'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const path = `/proc/${Number(line.toString())}`
    expect(existsSync(path)).toBe(true)
    parent.kill('SIGKILL')
    await expect.poll(() => existsSync(path), { timeout: 10_000 }).toBe(false)
  })

  test.each([
    [
      'a failed open, collected',
      [expect.stringMatching(/syntax error/), expect.stringMatching(/No such device/)],
    ],
    ['sending when it is closed', expect.stringMatching(/closed/)],
    ['a buffer that nobody refers to', [3]],
    ['one capture after the other', [[1], [2], [3]]],
  ])('trap: %s', (trap, outcome) => {
    const command = ['netns', 'exec', 'right', process.execPath, '--expose-gc', ...program('cap-traps.ts')]
    const ended = spawnSync('ip', [...command, 'cable-r', trap], { encoding: 'utf8' })
    expect(ended).toMatchObject({ signal: null, status: 0 })
    expect(JSON.parse(ended.stdout)).toEqual(outcome)
  })
})
