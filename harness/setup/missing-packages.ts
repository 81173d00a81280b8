/** The Debian packages that a run needs and this machine lacks, from the list that the set-up reads too. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

const LIST = join(import.meta.dirname, 'packages')
const USUAL_PATHS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** @param lab `vagrant`: with what its virtual machines need */
export function missingPackages(lab?: 'vagrant'): readonly string[] {
  const rows = readFileSync(LIST, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => line.split(/\s+/))
  const missing = rows.filter(
    ([program = '', , purpose]) => (purpose === 'conform' || purpose === lab) && !isInstalled(program),
  )
  return [...new Set(missing.map(([, name = '']) => name))]
}

function isInstalled(program: string): boolean {
  if (isAbsolute(program)) return existsSync(program)
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...USUAL_PATHS]
  return folders.some((folder) => isExecutable(join(folder, program)))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
