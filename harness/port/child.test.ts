import { expect, test } from 'vitest'
import { type Child, startChild } from './child.ts'

const ROUNDS = 200
const HERE = { directory: '/', environment: process.env }

function start(script: string, more: Partial<typeof HERE> = {}): Child {
  const child = startChild({ program: 'sh', args: ['-c', script], ...HERE, ...more })
  if (typeof child === 'string') throw new Error(child)
  return child
}

async function textOf(child: Child): Promise<string> {
  let text = ''
  for await (const part of child.stdout.setEncoding('utf8')) text += part
  return text
}

test('a program has its streams, its directory and its environment, and tells how it ended', async () => {
  const child = start('pwd; echo "$GIVEN"; cat; exit 7', {
    directory: '/usr',
    environment: { ...process.env, GIVEN: 'given' },
  })
  child.stdin.end('read')
  expect(await textOf(child)).toBe('/usr\ngiven\nread')
  expect(await child.ended).toEqual({ status: 7, signal: null })
  expect(process.cwd()).not.toBe('/usr')
})

// Ends that were only found when they were looked at again, once a second, would take far longer than its deadline.
test('no end is missed, however soon it comes, alone and among others', { timeout: 60_000 }, async () => {
  for (let round = 0; round < ROUNDS; round += 1) expect(await start(':').ended).toMatchObject({ status: 0 })
  const ends = await Promise.all(Array.from({ length: 20 }, (_, index) => start(`exit ${index}`).ended))
  expect(ends.map(({ status }) => status)).toEqual(ends.map((_, index) => index))
})

test('a signal ends the whole session, and is told of', async () => {
  const child = start('sleep 30 & echo; wait')
  await new Promise((resolve) => child.stdout.once('data', resolve))
  process.kill(-child.pid, 'SIGKILL')
  expect(await child.ended).toEqual({ status: null, signal: 'SIGKILL' })
  expect(await textOf(child)).toBe('') // who held the stream is gone, too
})

test('signals that this process ignores are not ignored by the program', async () => {
  expect(await textOf(start('grep SigIgn /proc/self/status'))).toMatch(/^SigIgn:\s+[0-9a-f]{8}[08]0{7}\n$/)
})

test('what cannot be started is told', () => {
  expect(startChild({ program: 'nonesuch', args: [], ...HERE })).toBe('ENOENT')
  expect(startChild({ program: '/etc/passwd', args: [], ...HERE })).toBe('EACCES')
  expect(startChild({ program: 'true', args: [], ...HERE, directory: '/nonesuch' })).toBe('ENOENT')
})
