/**
 * The pictures in docs/images: report.html of real runs in Chromium, in light, in dark, and 400 px wide.
 * `npm run pictures` runs the labs anew; `npm run pictures -- VLAN NAT` takes the reports in these two folders: one of a
 * VLAN that leaks, one of a NAT that does not rewrite.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium } from 'playwright-core'

const ROOT = resolve(import.meta.dirname, '../..')
const IMAGES = join(ROOT, 'docs/images')

interface Picture {
  name: string
  report: string
  dark?: boolean
  width?: number
  height: number
  /** What is opened, and brought to the top. */
  rule?: string
  top?: string
  /** The hop that is shown. */
  hop?: number
}

const scratch = mkdtempSync(join(tmpdir(), 'frameproof-pictures-'))
try {
  const [vlan = leak(), nat = notRewritten()] = process.argv.slice(2)
  const pictures: readonly Picture[] = [
    { name: 'report-light', report: vlan, height: 830 },
    { name: 'report-dark', report: nat, dark: true, height: 830 },
    { name: 'report-400px', report: vlan, width: 400, height: 900 },
    { name: 'report-journey', report: vlan, height: 760, rule: 'VLAN-06', top: '.journey', hop: 11 },
    {
      name: 'report-exchange',
      report: nat,
      height: 420,
      rule: 'NAT-09',
      top: '.story > section:nth-of-type(2)',
    },
  ]
  await take(pictures)
} finally {
  rmSync(scratch, { recursive: true })
}

async function take(pictures: readonly Picture[]): Promise<void> {
  mkdirSync(IMAGES, { recursive: true })
  const executablePath = execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim()
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const browser = await chromium.launch({ executablePath, args })
  for (const picture of pictures) await photograph(browser, picture)
  await browser.close()
}

async function photograph(browser: Browser, picture: Picture): Promise<void> {
  const { name, report, dark = false, width = 1100, height, rule, top, hop } = picture
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light' })
  await page.goto(`${pathToFileURL(join(report, 'report.html'))}${rule === undefined ? '' : `#${rule}`}`)
  if (hop !== undefined)
    await page
      .locator(`#${rule} .journey`)
      .first()
      .getByRole('button', { name: `Show hop ${hop}`, exact: true })
      .click()
  if (top !== undefined)
    await page.evaluate(
      `document.querySelector('.filter').style.position = 'static'; document.querySelector('#${rule} ${top}').scrollIntoView()`,
    )
  await page.screenshot({ path: join(IMAGES, `${name}.png`) })
  await page.close()
}

function leak(): string {
  return run('vlan-06-one-ethertype', ['VLAN-03', 'VLAN-04', 'VLAN-06', 'VLAN-08', 'VLAN-13'])
}

function notRewritten(): string {
  return run('nat-01-echoes-not-rewritten', ['NAT-01', 'NAT-02', 'NAT-09', 'DHCP-01'])
}

function run(fault: string, ids: readonly string[]): string {
  const report = join(scratch, fault)
  const path = `fixtures/faults/${fault}.sh` // as the page shows it
  const args = ['harness/frameproof.mjs', 'run', ...ids, '--fault', path, '--report', report]
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' })
  if (status !== 1) throw new Error(`${fault}: the run ended with status ${status}: there is nothing to show`)
  return report
}
