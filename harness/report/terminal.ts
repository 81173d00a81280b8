/** Progress and results for people. At a terminal the line of what happens now is rewritten; else plain lines. */
import { styleText } from 'node:util'
import { createLogUpdate } from 'log-update'
import { noiseInWords } from './noise.ts'
import type { CaseResult, RequirementResult, Results } from './results.ts'

const MARKS: Record<RequirementResult['verdict'], { mark: string; style: Parameters<typeof styleText>[0] }> =
  {
    conforms: { mark: '✓', style: 'green' },
    deviates: { mark: '✗', style: 'red' },
    'could not run': { mark: '!', style: 'yellow' },
    'not supported': { mark: '-', style: 'cyan' },
    'no case': { mark: '·', style: 'dim' },
  }

export class Terminal {
  readonly #stream: NodeJS.WriteStream
  readonly #update: ReturnType<typeof createLogUpdate> | undefined

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
    this.#update = stream.isTTY ? createLogUpdate(stream) : undefined
  }

  /** What happens now. Without a terminal it is not shown: a log needs results. */
  now(text: string): void {
    this.#update?.(this.#styled('dim', text))
  }

  line(text: string): void {
    this.#update?.clear()
    this.#stream.write(`${text}\n`)
  }

  caseResult(result: CaseResult): void {
    this.line(`${this.#verdict(result.verdict)} ${result.id}  ${result.name}  ${this.#duration(result)}`)
    if (result.reason !== null) this.line(indent(result.reason))
  }

  summary(results: Results, reportFolder: string): void {
    const counts = Object.entries(results.summary).filter(([, count]) => count > 0)
    const where = onSites(results.lab.sites)
    this.line('')
    this.line(`${results.implementation}${where} in ${(results.durationMs / 1000).toFixed(1)} s`)
    this.line(counts.map(([verdict, count]) => `${count} ${verdict}`).join(', '))
    if (results.fault !== null) {
      const { title, detected, breaks } = results.fault
      const [first = ''] = breaks
      this.line(`fault ${detected ? 'detected' : 'NOT DETECTED'}: ${title} (${first} must deviate)`)
    }
    if (results.noise !== undefined) this.line(noiseInWords(results.noise))
    if (results.interrupted) this.line('interrupted: these are the results so far')
    this.line(`report: ${reportFolder}`)
  }

  done(): void {
    this.#update?.clear()
  }

  #verdict(verdict: RequirementResult['verdict']): string {
    const { mark, style } = MARKS[verdict]
    return this.#styled(style, `${mark} ${verdict.padEnd(13)}`)
  }

  #duration({ durationMs, scenario }: CaseResult): string {
    return this.#styled('dim', `${scenario}, ${(durationMs / 1000).toFixed(2)} s`)
  }

  #styled(style: Parameters<typeof styleText>[0], text: string): string {
    return this.#stream.isTTY ? styleText(style, text) : text
  }
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')
}

/** " on uml, kernel 6.1.176,", or of several machines each with its name. */
function onSites(sites: Results['lab']['sites']): string {
  const [site, ...others] = sites
  if (site === undefined) return ''
  if (others.length === 0) return ` on ${site.kind}, kernel ${site.kernel},`
  return ` on ${sites.map(({ name, kernel }) => `${name} (kernel ${kernel})`).join(', ')},`
}
