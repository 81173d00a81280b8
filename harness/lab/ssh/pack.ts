/** What is put on a site: the agent with its native part, and a Node where the site has none that fits. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { machine } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { bundleAgent } from '../agent-bundle.ts'
import { type ArchivedFile, tarOf } from './tar.ts'

/** As prepare.sh names it: system, machine, C library. */
export type Platform = string

/** A folder of the cache over there. */
export interface Pack {
  /** Another one for other contents. */
  name: string
  tar(): Buffer
}

/** Of koffi, what is loaded by its CommonJS entry. */
const KOFFI_FILES = ['package.json', 'index.cjs', 'src/koffi/index.cjs', 'src/koffi/src/static.cjs']
/** Node's name for what `uname -m` says. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'x64',
  aarch64: 'arm64',
  i686: 'ia32',
  armv7l: 'arm',
  riscv64: 'riscv64',
  loongarch64: 'loong64',
  ppc64le: 'ppc64',
}
const LIBCS = { linux: 'glibc', musl: 'musl' } as const

/** One for each platform whose native part is installed here. */
export async function agentPacks(): Promise<ReadonlyMap<Platform, Pack>> {
  const koffi = dirname(createRequire(import.meta.url).resolve('koffi'))
  const common = [
    file('agent.mjs', await bundleAgent()),
    ...KOFFI_FILES.map((path) => file(`node_modules/koffi/${path}`, join(koffi, path))),
  ]
  const packs = Object.entries(ARCHITECTURES).flatMap(([name, architecture]) =>
    nativeParts(dirname(koffi), architecture).map(({ libc, files }): [Platform, Pack] => {
      const tar = tarOf([...common, ...files])
      const version = createHash('sha256').update(tar).digest('hex').slice(0, 16)
      return [`Linux-${name}-${libc}`, { name: `agent-${version}`, tar: () => tar }]
    }),
  )
  return new Map(packs)
}

interface NativePart {
  libc: string
  files: readonly ArchivedFile[]
}

/** @param modules node_modules */
function nativeParts(modules: string, architecture: string): readonly NativePart[] {
  const name = `@koromix/koffi-linux-${architecture}`
  const from = join(modules, name)
  return foldersIn(from).flatMap((folder) => {
    const libc = LIBCS[folder.split('_')[0] as keyof typeof LIBCS]
    if (libc === undefined) return []
    const paths = ['package.json', 'index.js', `${folder}/koffi.node`]
    return [{ libc, files: paths.map((path) => file(`node_modules/${name}/${path}`, join(from, path))) }]
  })
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [] // not installed
    throw error
  }
}

/** The controller's own. */
export function nodePack(): Pack {
  const { size } = statSync(process.execPath)
  return {
    name: `node-${process.version}-${process.arch}-${size}`,
    tar: () => tarOf([file('node', process.execPath, true)]),
  }
}

export function ownPlatform(): Platform {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  return `Linux-${machine()}-${header.glibcVersionRuntime === undefined ? 'musl' : 'glibc'}`
}

export async function compressed(tar: Buffer): Promise<Buffer> {
  return await promisify(gzip)(tar, { level: 1 })
}

function file(path: string, from: string, isProgram = false): ArchivedFile {
  return { path, octets: readFileSync(from), isProgram }
}
