/** The command line. Every user's mistake ends here in one line and exit status 2. */
import { Command, Option } from 'commander'
import { BadInput } from './lab/bad-input.ts'
import { Terminal } from './report/terminal.ts'
import { UnknownRequirementError } from './runner/catalogue.ts'
import { run } from './runner/run.ts'

const program = new Command('frameproof')
  .description('Packet-level conformance and traffic verification for the virtual networks of clouds')
  .exitOverride()

program
  .command('run')
  .description('judge rules on a lab; without IDs, all of them')
  .argument('[ids...]', 'rules by ID or prefix: VLAN-13, VLAN')
  .addOption(new Option('--site <kind>', 'force the kernel of the embedded lab').choices(['uml', 'host']))
  .option('--implementation <name|dir>', 'how the hypervisors are configured')
  .option('--fault <file>', 'judge under this deliberate break')
  .option('--report <dir>', 'where to write the report (default: a new folder in reports/)')
  .option('--json', 'print results.json on standard output, progress on standard error', false)
  .option('--workers <n>', 'labs side by side', Number, 1)
  .action(async (ids: string[], options) => {
    const terminal = new Terminal(options.json ? process.stderr : process.stdout)
    const { site = null, implementation = null, fault = null, report = null, workers } = options
    const { status, results } = await run({ ids, site, implementation, fault, report, workers }, terminal)
    terminal.done()
    if (options.json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`)
    process.exitCode = status
  })

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = explain(error)
}

function explain(error: unknown): number {
  if (error instanceof BadInput || error instanceof UnknownRequirementError) {
    process.stderr.write(`frameproof: ${error.message}\n`)
    return 2
  }
  const status = (error as { exitCode?: number }).exitCode
  if (status !== undefined) return status === 0 ? 0 : 2 // commander said it already
  throw error
}
