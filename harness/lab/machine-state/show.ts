/** How a machine's network stands, as text for people: what ip(8), bridge(8), tc(8) and the packet filters say of it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Place } from '../place.ts'
import { howItFailed, runOnSite } from '../run-on-site.ts'

const SCRIPT = readFileSync(join(import.meta.dirname, 'show.sh'), 'utf8')
const SECTION = '\x1e'
/** Of what one program says. */
const MOST_OCTETS = 65_536
/** Of all, whatever programs there are. */
const MOST_IN_ALL = 400_000
const DEADLINE_MS = 15_000

/** Never throws: where it cannot be told, the text says why. Nothing is judged by it. */
export async function showState({ site, namespace }: Place): Promise<string> {
  try {
    const args = ['-c', SCRIPT, 'sh', String(MOST_OCTETS)]
    const result = await runOnSite(site, { namespace, program: 'sh', args, timeoutMs: DEADLINE_MS })
    const failed = result.status === 0 ? '' : `(this is not all: it ${howItFailed(result)})\n`
    const text = result.stdout.split(SECTION).slice(1).map(sectionInWords).join('\n')
    const isLong = text.length > MOST_IN_ALL
    return `${isLong ? `${text.slice(0, MOST_IN_ALL)}\n(cut here)\n` : text}${failed}`
  } catch (error) {
    return `(it could not be told: ${(error as Error).message})\n`
  }
}

/** "# the commands", and what they said. */
function sectionInWords(section: string): string {
  const [commands = '', ...said] = section.split('\n')
  const text = said.join('\n').trimEnd()
  const cut = text.length >= MOST_OCTETS - 1 ? `\n(cut after ${MOST_OCTETS} octets)` : '' // one may have been a line's end
  return `# ${commands}\n${text}${cut}\n`
}
