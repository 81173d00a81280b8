/** Versions of the programs that a run stood on, as they tell it themselves. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** A program that does not tell is listed as unknown. */
export async function toolVersions(programs: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const versions = await Promise.all(
    programs.map(async (program) => [program, await versionOf(program)] as const),
  )
  return { node: process.version, ...Object.fromEntries(versions) }
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
