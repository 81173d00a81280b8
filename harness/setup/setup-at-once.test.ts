/** setup.sh started several times at once, ended, and killed: in a clone of its own, on a system of stubs. */
import type { ChildProcess } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { stubbedSystem } from './testing/stubbed-system.ts'

const { inClone, stub, remove, setUp, start, calls } = stubbedSystem()

describe.each([
  ['flock', true],
  ['a lock file', false],
])('setup.sh with %s', (_, withFlock) => {
  beforeEach(() => {
    if (!withFlock) remove('flock')
    rmSync(inClone('node_modules/.frameproof-setup'))
  })

  it('sets up once where four are started at once', async () => {
    stub('npm', 'record "npm starts"; sleep 0.3; mkdir -p node_modules; record "npm ends"')
    const statuses = await Promise.all([1, 2, 3, 4].map(() => ended(start())))
    expect(statuses).toEqual([0, 0, 0, 0])
    expect(calls()).toEqual(['npm starts', 'npm ends'])
    expect(readdirSync(inClone('reports'))).toEqual([])
  })

  it('ends with npm when it is asked to end, and leaves nothing', async () => {
    stub('npm', 'record "$$"; exec sleep 30')
    const running = start()
    await until(() => calls().length === 1)
    running.kill('SIGTERM')
    expect(await ended(running)).toBe(143)
    expect(isRunning(Number(calls()[0]))).toBe(false)
    expect(readdirSync(inClone('reports'))).toEqual([])
    expect(readdirSync(inClone()).filter((name) => name.startsWith('frameproof-setup'))).toEqual([])
  })

  it('gets on where another was killed', async () => {
    stub('npm', 'record "$$"; exec sleep 30')
    const killed = start()
    await until(() => calls().length === 1)
    killed.kill('SIGKILL')
    await ended(killed)
    process.kill(Number(calls()[0]), 'SIGKILL')
    stub('npm', 'record "npm again"')
    expect(setUp(['conform', 'run'])).toMatchObject({ status: 0, calls: [calls()[0], 'npm again'] })
  })
})

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('close', resolve)
  })
}

async function until(isSo: () => boolean): Promise<void> {
  await expect.poll(isSo, { interval: 5, timeout: 5_000 }).toBe(true)
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
