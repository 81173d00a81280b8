/** report.html of a real run, as a reader's browser shows it; and the evidence behind it, as Wireshark's tools read it. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Results } from '../report/results.ts'
import { frameproof, SCRATCH } from '../testing/program.ts'
import { writeReportPage } from './report-page.ts'

const FAULT = resolve(import.meta.dirname, '../../fixtures/faults/nat-01-echoes-not-rewritten.sh')
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const scratch = mkdtempSync(join(tmpdir(), SCRATCH))
const report = join(scratch, 'report')
let browser: Browser

beforeAll(async () => {
  const run = frameproof(['run', 'NAT-01', 'NAT-09', 'DHCP-01', '--fault', FAULT, '--report', report])
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const executablePath = execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim()
  browser = await chromium.launch({ executablePath, args: asRoot })
  expect((await run).status).toBe(1)
}, 120_000)
afterAll(async () => {
  await browser.close()
  rmSync(scratch, { recursive: true, force: true })
})

interface Opened {
  page: Page
  /** What the browser complained of, and every address beyond this file that was asked for. */
  troubles: string[]
}

async function open(file: string, options: BrowserContextOptions = {}, hash = ''): Promise<Opened> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const troubles: string[] = []
  const address = `${pathToFileURL(file)}${hash}`
  await context.route('**/*', (route) => {
    const url = route.request().url()
    if (url === address.replace(hash, '')) return route.continue()
    troubles.push(`asked for ${url}`)
    return route.abort()
  })
  page.on('console', (message) => troubles.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => troubles.push(String(error)))
  page.on('dialog', (dialog) => troubles.push(`dialog: ${dialog.message()}`))
  await page.goto(address)
  return { page, troubles }
}

/** Relative to the folder. */
function filesNamed(name: string, folder: string): readonly string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return files.filter((file) => basename(file) === name)
}

describe('a reader', () => {
  test('filters by verdict and by words, and clears the filter with Escape', async () => {
    const { page, troubles } = await open(join(report, 'report.html'))
    const shown = page.locator('details.rule:visible')
    const ids = async (): Promise<readonly string[]> => (await shown.locator('.id').allTextContents()).sort()
    expect(await ids()).toEqual(['DHCP-01', 'NAT-01', 'NAT-09'])
    await page.getByRole('button', { name: /conforms/ }).click()
    expect(await ids()).toEqual(['DHCP-01'])
    await page.keyboard.press('Escape')
    expect(await ids()).toHaveLength(3)
    await page.keyboard.press('/')
    await page.keyboard.type('translated back')
    expect(await ids()).toEqual(['NAT-09'])
    expect(await page.getByRole('status').first().textContent()).toBe('1 of 3 rules')
    expect(troubles).toEqual([])
  })

  test('opens a requirement and follows a frame hop by hop, by mouse and by keyboard', async () => {
    const { page, troubles } = await open(join(report, 'report.html'))
    const rule = page.locator('#NAT-01')
    expect(await rule.getAttribute('open')).toBe('') // the first that deviates
    const journey = rule.locator('.case', { hasText: 'leaves with the physical address' }).locator('.journey')
    const status = journey.getByRole('status')
    const hops = await journey.locator('table.hops tbody tr').count()
    expect(hops).toBeGreaterThan(4)
    while (await journey.getByRole('button', { name: 'Previous' }).isEnabled())
      await journey.getByRole('button', { name: 'Previous' }).click()
    expect(await status.textContent()).toMatch(new RegExp(`^Hop 1 of ${hops}: red1$`))
    await journey.getByRole('button', { name: 'Show hop 2' }).focus()
    await page.keyboard.press('ArrowRight')
    expect(await status.textContent()).toBe(`Hop 2 of ${hops}: hv1:tap-red1`)
    for (let hop = 3; hop <= hops; hop += 1) await journey.getByRole('button', { name: 'Next' }).click()
    expect(await status.textContent()).toBe(`Hop ${hops} of ${hops}: outside:eth0`)
    expect(await journey.locator('svg').first().textContent()).toContain('✗')
    await journey.getByRole('button', { name: 'Show hop 4' }).click() // where the address should have been rewritten
    expect(await journey.locator('table.hops').textContent()).toContain('ip.ttl 64 → 63')
    expect(await journey.locator('pre mark').count()).toBeGreaterThan(0)
    expect(troubles).toEqual([])
  })

  test('sees octets on demand, the DHCP exchange, and what the hypervisors were told', async () => {
    const { page, troubles } = await open(join(report, 'report.html'), {}, '#DHCP-01')
    const rule = page.locator('#DHCP-01')
    const packet = rule.getByRole('button', { name: /Octets of frame/ }).first()
    await packet.click()
    expect(await packet.getAttribute('aria-expanded')).toBe('true')
    expect(await rule.locator('table.packets pre').first().textContent()).toMatch(/^0000 {2}ff ff ff/)
    const exchange = await rule.getByRole('img', { name: /Discover/ }).getAttribute('aria-label')
    for (const message of ['Discover', 'Offer', 'Request', 'ACK'])
      expect(exchange).toMatch(new RegExp(message, 'i'))
    expect(await rule.locator('.links a').allTextContents()).toContain('evidence.pcapng')
    expect(await rule.textContent()).toContain('"leaseSeconds": 120')
    expect(troubles).toEqual([])
  })

  test('reads the verdicts, the reasons and the links without the script', async () => {
    const { page, troubles } = await open(join(report, 'report.html'), { javaScriptEnabled: false })
    expect(await page.locator('h1').textContent()).toBe('Frameproof: 2 deviates, 1 conforms')
    expect(await page.locator('#NAT-01').textContent()).toContain('expected 192.0.2.11, seen 203.0.113.11')
    expect(await page.locator('.filter').isVisible()).toBe(false)
    expect(troubles).toEqual([])
  })

  test.each<[string, BrowserContextOptions]>([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['at 400 px', { viewport: { width: 400, height: 800 } }],
  ])('meets no barrier that axe knows, %s, everything open', async (_, options) => {
    const { page } = await open(join(report, 'report.html'), options)
    await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    await page.waitForFunction("document.querySelectorAll('.story:not([data-told])').length === 0")
    const width = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
    expect(await page.evaluate(width)).toBe(0)
    await page.evaluate(AXE)
    const violations =
      'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html, nodes[0].failureSummary]))'
    expect(await page.evaluate(violations)).toEqual([])
  })
})

test('names and packets that are HTML, script and control characters are shown as text', async () => {
  const hostile = join(scratch, 'hostile')
  cpSync(report, hostile, { recursive: true })
  const evil =
    '</script><script>document.title="owned"</script><img src=x onerror=alert(1)>" onload="alert(2)\u001b[31m\u202e'
  const inJson = JSON.stringify(evil).slice(1, -1)
  for (const file of filesNamed('observations.json', hostile)) {
    const path = join(hostile, file)
    const text = readFileSync(path, 'utf8')
    const fields = /("(?:summary|expected|found|description|from|router)": ")/g
    writeFileSync(path, text.replaceAll(fields, `$1${inJson.replaceAll('$', '$$$$')}`))
  }
  const results = JSON.parse(readFileSync(join(hostile, 'results.json'), 'utf8')) as Results
  const requirements = results.requirements.map((rule) => {
    const cases = rule.cases.map((one) => ({
      ...one,
      name: evil,
      reason: evil,
      measured: { [evil]: { value: 1 } },
    }))
    return { ...rule, title: evil, reason: evil, cases }
  })
  const tools = { [evil]: evil }
  const path = await writeReportPage(hostile, {
    ...results,
    requirements,
    implementation: evil,
    lab: { ...results.lab, tools },
  })
  const { page, troubles } = await open(path)
  const title = await page.title()
  await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
  await page.waitForFunction("document.querySelectorAll('.story:not([data-told])').length === 0")
  expect(await page.title()).toBe(title)
  expect(await page.locator('img').count()).toBe(0)
  expect(await page.locator('script:not([type])').count()).toBe(1)
  const text = (await page.locator('body').textContent()) ?? ''
  expect(text).toContain('<img src=x onerror=alert(1)>" onload="alert(2)\\x1b[31m\\u202e')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
  expect(readFileSync(path, 'utf8')).not.toMatch(/[\x00-\x08\x0b-\x1f\u202e]/)
  expect(troubles).toEqual([])
})

describe('evidence.pcapng', () => {
  const files = (): readonly string[] => filesNamed('evidence.pcapng', report)

  test.each([
    ['tshark', ['-n', '-r']],
    ['capinfos', []],
  ])('is read by %s without complaint', (program, args) => {
    expect(files().length).toBeGreaterThan(3)
    for (const file of files()) {
      const { status, stderr } = spawnSync(program, [...args, join(report, file)], { encoding: 'utf8' })
      const complaints = stderr
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('Running as user'))
      expect([file, status, complaints]).toEqual([file, 0, []])
    }
  })

  test('tells its story by the comments alone', () => {
    const file = files().find((name) => name.includes('NAT-01') && name.includes('physical-address')) ?? ''
    const fields = ['frame.number', 'frame.interface_description', 'frame.comment'].flatMap((name) => [
      '-e',
      name,
    ])
    const args = ['-r', join(report, file), '-Y', 'frame.comment', '-T', 'fields', ...fields]
    const lines = execFileSync('tshark', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).split('\n')
    const [broken = ''] = lines.filter((line) => line.includes('BROKEN') && line.includes('rewritten'))
    expect(broken).toMatch(
      /^\d+\thv1:eth0: physical NIC of hv1 \(untagged\)\tstimulus \d+ of red1, here IPv4 203/,
    )
    expect(broken).toMatch(/hop 4 of 7, out at hv1:eth0, .*ip.ttl 64 -> 63/)
    expect(broken).toMatch(
      /BROKEN: expected hv1:eth0 carries .*sourceAddress 192.0.2.11; seen frame \d+: .*ip.src \(octet 26\): expected 192.0.2.11, seen 203.0.113.11/,
    )
    expect(lines[0]).toContain('control')
  })
})

test('judging again writes the same page of what it found', async () => {
  const page = join(scratch, 'again.html')
  const { status } = await frameproof(['judge', report, '--html', page])
  expect(status).toBe(1)
  const { page: opened, troubles } = await open(page)
  expect(await opened.locator('h1').textContent()).toBe('Frameproof: 2 deviates, 1 conforms')
  const link = await opened.locator('#NAT-01 .links a').first().getAttribute('href')
  expect(link).toMatch(/^report\/evidence\/NAT-01\/.*evidence.pcapng$/)
  expect(troubles).toEqual([])
})
