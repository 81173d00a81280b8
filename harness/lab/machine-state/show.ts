/** How a machine's network stands, as text for people: what ip(8), bridge(8), tc(8) and the packet filters say of it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Place } from '../place.ts'
import { howItFailed, runOnSite } from '../run-on-site.ts'

const SCRIPT = readFileSync(join(import.meta.dirname, 'show.sh'), 'utf8')
/** Of what one program says. */
const MOST_OCTETS = 32_768
/** Of all, whatever programs there are. */
const MOST_IN_ALL = 400_000
const DEADLINE_MS = 15_000

/** Never throws: where it cannot be told, the text says why. Nothing is judged by it. */
export async function showState({ site, namespace }: Place): Promise<string> {
  try {
    const args = ['-c', SCRIPT, 'sh', String(MOST_OCTETS)]
    const result = await runOnSite(site, { namespace, program: 'sh', args, timeoutMs: DEADLINE_MS })
    const failed = result.status === 0 ? '' : `\n(this is not all: it ${howItFailed(result)})\n`
    const { stdout } = result
    const isLong = stdout.length > MOST_IN_ALL
    return `${isLong ? `${stdout.slice(0, MOST_IN_ALL)}\n(cut here)\n` : stdout}${failed}`
  } catch (error) {
    return `(it could not be told: ${(error as Error).message})\n`
  }
}
