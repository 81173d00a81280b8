/** `frameproof bundle`: one archive for a bug report, or the text of its issue. */
import { join } from 'node:path'
import type { Command } from 'commander'
import { BadInput } from '../lab/bad-input.ts'
import { PROJECT } from '../runner/project.ts'

interface BundleArguments {
  report?: string
  issue: boolean
  keepAll: boolean
  output?: string
}

export function addBundleCommand(program: Command): void {
  program
    .command('bundle')
    .description(
      'pack a verdict for a bug report: packets, plan, implementation, and a README for who mends it',
    )
    .argument('<id>', 'a rule, VLAN-06; or one of its tests, VLAN-06/NAME (as its folder of evidence)')
    .option('--report <dir>', 'the report (default: the newest in reports/)')
    .option('--issue', 'print the text of an issue, in Markdown, and write no archive', false)
    .option('--keep-all', 'frames of others, too, which a lab in use has captured', false)
    .option('-o, --output <file>', 'the archive (default: frameproof-ID.tar.gz)')
    .action(async (id: string, { report, issue, keepAll, output }: BundleArguments) => {
      if (issue && output !== undefined) throw new BadInput('-o is for an archive: --issue prints a text')
      const { bundle, issueText, reportOrLatest } = await import('../runner/bundle/bundle.ts')
      const options = { id, keepAll, report: reportOrLatest(report, join(PROJECT, 'reports/latest')) }
      if (issue) process.stdout.write(await issueText(options))
      else process.stdout.write(`${await bundle(options, output ?? null)}\n`)
    })
}
