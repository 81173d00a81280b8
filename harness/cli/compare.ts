/** `frameproof compare`: what changed between two reports. */
import { type Command, Option } from 'commander'

type Format = 'text' | 'markdown' | 'html'

export function addCompareCommand(program: Command): void {
  program
    .command('compare')
    .description('what changed from one report to another; exit 1 if something got worse')
    .argument('<before>', 'a report (its folder or results.json)')
    .argument('<after>', 'a later one')
    .addOption(
      new Option('--format <format>', 'how it is printed')
        .choices(['text', 'markdown', 'html'])
        .default('text'),
    )
    .action(async (before: string, after: string, { format }: { format: Format }) => {
      const { readResults } = await import('../runner/read-results.ts')
      const { compareResults, gotWorse } = await import('../report/compare/comparison.ts')
      const words = await import('../report/compare/words.ts')
      const comparison = compareResults(readResults(before).results, readResults(after).results)
      const inFormat = {
        text: words.comparisonText,
        markdown: words.comparisonMarkdown,
        html: words.comparisonHtml,
      }
      process.stdout.write(inFormat[format](comparison))
      process.exitCode = gotWorse(comparison) ? 1 : 0
    })
}
