/**
 * Local files where a site's programs find them. A site on this machine has the same files; to another they are copied,
 * each once, below a folder that goes when the machine is made bare.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { IMPLEMENTATIONS, type Implementation } from './implementation.ts'
import { howItFailed, runOnSite } from './run-on-site.ts'
import { LabError, type Site } from './site.ts'

/** For what the harness itself keeps on a machine that is a whole site. Programs in /run may not be executed everywhere. */
export const MACHINE_FOLDER = '/var/lib/frameproof'
const FILES = `${MACHINE_FOLDER}/files`
const MOST_OCTETS = 16 << 20

const brought = new WeakMap<Site, Map<string, Promise<string>>>()

/**
 * An implementation's folder; those that come along may rely on one another, and are brought together.
 * @throws {LabError} if it cannot be copied
 */
export async function bringImplementation(site: Site, { folder }: Implementation): Promise<string> {
  if (dirname(folder) !== IMPLEMENTATIONS) return bring(site, folder, ['.'])
  return join(await bring(site, IMPLEMENTATIONS, ['.']), basename(folder))
}

/** One file, and the folders beside it: what faults share. @throws {LabError} if they cannot be copied */
export async function bringFile(site: Site, path: string): Promise<string> {
  const folder = dirname(path)
  const below = site.kind === 'ssh' ? foldersIn(folder) : []
  return join(await bring(site, folder, [basename(path), ...below]), basename(path))
}

function bring(site: Site, folder: string, names: readonly string[]): Promise<string> {
  if (site.kind !== 'ssh') return Promise.resolve(folder)
  const known = brought.get(site) ?? new Map<string, Promise<string>>()
  brought.set(site, known)
  const key = [folder, ...names].join('\n')
  const copying = known.get(key) ?? copy(site, folder, names)
  known.set(key, copying)
  return copying
}

async function copy(site: Site, folder: string, names: readonly string[]): Promise<string> {
  const archive = await packed(folder, names)
  const target = `${FILES}/${createHash('sha256').update(archive).digest('hex').slice(0, 16)}`
  const script = 'mkdir -p "$1"; base64 -d | tar -xzf - -C "$1"'
  const args = ['-euc', script, 'sh', target]
  const result = await runOnSite(site, { program: 'sh', args, input: archive.toString('base64') })
  if (result.status === 0) return target
  throw new LabError(`${folder} could not be copied to ${site.name}: it ${howItFailed(result)}`)
}

async function packed(folder: string, names: readonly string[]): Promise<Buffer> {
  const options = { encoding: 'buffer', maxBuffer: MOST_OCTETS } as const
  try {
    const reproducible = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--dereference']
    const { stdout } = await promisify(execFile)(
      'tar',
      ['-C', folder, ...reproducible, '-czf', '-', ...names],
      options,
    )
    return stdout
  } catch (error) {
    const why =
      (error as { code?: string }).code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER'
        ? `it is larger than ${MOST_OCTETS >> 20} MiB`
        : ((error as { stderr?: Buffer }).stderr?.toString().trim().split('\n').at(-1) ?? String(error))
    throw new LabError(`${folder} cannot be packed for another machine: ${why}`)
  }
}

function foldersIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() === true)
    .sort()
}
