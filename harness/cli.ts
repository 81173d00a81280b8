/** The command line. Every user's mistake ends here in one line and exit status 2. */
import { availableParallelism } from 'node:os'
import { Command, InvalidArgumentError, Option } from 'commander'
import { addBundleCommand } from './cli/bundle.ts'
import { addCompareCommand } from './cli/compare.ts'
import { addFaultsCommand } from './cli/faults.ts'
import { addJudgeCommand } from './cli/judge.ts'
import { addLabCommands } from './cli/lab.ts'
import { addLookCommands } from './cli/look.ts'
import { BadInput } from './lab/bad-input.ts'
import { LabError } from './lab/site.ts'
import { Terminal } from './report/terminal.ts'
import { UnknownRequirementError } from './runner/catalogue.ts'
import { version } from './runner/project.ts'

for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined) // whoever read it has gone

/** Each takes a CPU and 1 GB of memory. */
const MOST_LABS = 2

const program = new Command('frameproof')
  .description('Packet-level conformance and traffic verification for the virtual networks of clouds')
  .version(version())
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(`frameproof: ${text.replace(/^error: /, '')}`) })

program
  .command('run')
  .description('judge rules on a lab; without IDs, all of them')
  .argument('[ids...]', 'rules by ID or prefix: VLAN-13, VLAN')
  .option('--lab <lab>', 'where: embedded, vagrant, or an inventory (FILE.yaml)', 'embedded')
  .addOption(new Option('--site <kind>', 'force the kernel of the embedded lab').choices(['uml', 'host']))
  .option('--implementation <name|dir>', 'how the hypervisors are configured')
  .option('--fault <file>', 'judge under this deliberate break')
  .option('--report <dir>', 'where to write the report (default: a new folder in reports/)')
  .option('--json', 'print results.json on standard output, progress on standard error', false)
  .option('--workers <n>', 'labs side by side', wholeNumber, Math.min(availableParallelism(), MOST_LABS))
  .option('--keep', 'leave the virtual machines running (--lab vagrant)', false)
  .option('--pcap', 'write classic pcap too, a file a port', false)
  .option('--scale', 'judge too what takes minutes: VLAN-09 with all 4,094 VIDs', false)
  .option('--noise <n>', 'make other traffic, so many frames a second at every port', wholeNumber)
  .option('--shuffle <seed>', 'judge in another order, which follows from this number', wholeNumber)
  .action(async (ids: string[], options) => {
    const terminal = new Terminal(options.json ? process.stderr : process.stdout)
    const {
      site = null,
      implementation = null,
      fault = null,
      report = null,
      shuffle = null,
      noise = null,
    } = options
    const { workers, pcap, scale, lab, keep } = options
    const { run } = await import('./runner/run.ts')
    const { status, results } = await run(
      { ids, lab, site, keep, implementation, fault, report, workers, shuffle, pcap, scale, noise },
      terminal,
    )
    terminal.done()
    if (options.json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`)
    if (results.interrupted) process.exit(status) // vitest may still be starting, and would have another status
    process.on('exit', () => {
      process.exitCode = status // vitest may still be ending what was broken off, and would have another status
    })
  })

addFaultsCommand(program, wholeNumber)
addLookCommands(program)
addLabCommands(program)
addJudgeCommand(program)
addBundleCommand(program)
addCompareCommand(program)

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = explain(error)
}

function explain(error: unknown): number {
  if (error instanceof BadInput || error instanceof UnknownRequirementError || error instanceof LabError) {
    process.stderr.write(`frameproof: ${error.message}\n`)
    return 2
  }
  const status = (error as { exitCode?: number }).exitCode
  if (status !== undefined) return status === 0 ? 0 : 2 // commander said it already
  throw error
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('wanted a whole number from 1 on')
  return value
}
