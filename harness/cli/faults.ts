/** `frameproof faults`: under each fault of a folder its rule must deviate. */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { Terminal } from '../report/terminal.ts'
import { PROJECT } from '../runner/project.ts'

/** A rate that is measured wants a CPU for its lab, and one for what measures. */
const MOST_BY_DEFAULT = 2

export function addFaultsCommand(program: Command, wholeNumber: (text: string) => number): void {
  const workers = Math.min(availableParallelism(), MOST_BY_DEFAULT)
  program
    .command('faults')
    .description('judge under each fault of a folder: its rule must deviate')
    .argument('[dir]', 'the folder (default: the faults that come along)')
    .addOption(new Option('--site <kind>', 'force the kernel of the embedded lab').choices(['uml', 'host']))
    .option('--only-breaks', "judge each fault's own rules only, not all of its scenarios", false)
    .option('--scale', 'judge also what takes minutes', false)
    .option('--report <dir>', 'where to write the report (default: a new folder in reports/)')
    .option('--json', 'print faults.json on standard output, progress on standard error', false)
    .option('--workers <n>', 'runs side by side', wholeNumber, workers)
    .action(async (dir: string | undefined, options) => {
      const terminal = new Terminal(options.json ? process.stderr : process.stdout)
      const { site = null, report: where = null, workers, onlyBreaks, scale } = options
      const folder = dir ?? join(PROJECT, 'fixtures/faults')
      const { runFaults } = await import('../runner/faults.ts')
      const { status, report } = await runFaults(
        { folder, site, workers, onlyBreaks, scale, report: where },
        terminal,
      )
      terminal.done()
      if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
      process.exitCode = status
    })
}
