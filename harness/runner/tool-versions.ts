/** Versions of the programs that a run stood on, as they tell it themselves. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { runScript } from '../lab/run-on-site.ts'
import type { Site } from '../lab/site.ts'

/** A program that does not tell is listed as unknown. */
export async function toolVersions(programs: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const versions = await Promise.all(
    programs.map(async (program) => [program, await versionOf(program)] as const),
  )
  return { node: process.version, ...Object.fromEntries(versions) }
}

const ASK_ALL = `
  for program; do
    said=$("$program" -V 2>&1 </dev/null | head -n 1) || :
    case $said in *[0-9]*) ;; *) said=$("$program" --version 2>&1 </dev/null | head -n 1) || : ;; esac
    printf '%s\t%s\n' "$program" "$said"
  done`

/** The same of a machine that is a site. */
export async function toolVersionsAt(
  site: Site,
  programs: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const said = await runScript(site, `programs of ${site.name} do not tell their versions`, ASK_ALL, programs)
  const rows = said.split('\n').flatMap((line) => {
    const [program = '', version = ''] = line.split('\t')
    return program === '' ? [] : [[program, /\d/.test(version) ? version : 'unknown'] as const]
  })
  return Object.fromEntries(rows)
}

async function versionOf(program: string): Promise<string> {
  for (const option of ['-V', '--version']) {
    try {
      const { stdout, stderr } = await promisify(execFile)(program, [option], { timeout: 2000 })
      const [line] = `${stdout}${stderr}`.split('\n')
      if (line !== undefined && /\d/.test(line)) return line.trim()
    } catch {
      // it has no such option: the next one
    }
  }
  return 'unknown'
}
