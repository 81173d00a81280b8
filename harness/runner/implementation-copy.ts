/** The files of an implementation as they were when a run began, kept in its report. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import type { Implementation } from '../lab/implementation.ts'

export const IMPLEMENTATION_FOLDER = 'implementation'
/** Of a report; in a bundle they lie beside implementation/, where its scripts look for them. */
export const BESIDE_FOLDER = 'implementation-beside'

/** An implementation is scripts; what is larger is data or a build, and only named. */
const LARGEST_FILE_OCTETS = 1_000_000
const MOST_FILES = 500
const NOT_FILES_OF_ITS_OWN = new Set(['.git', 'node_modules', '__pycache__'])
const NAMED = /(?<![\w.]|\.\.\/)\.\.\/([\w-][\w.-]*)\//g

export interface CopiedImplementation {
  /** In implementation/. */
  files: string[]
  /** Names of the folders in implementation-beside/. */
  beside: string[]
  /** Too large, too many, or not to be read. */
  leftOut: string[]
}

export function copyImplementation(
  { folder, configure }: Pick<Implementation, 'folder' | 'configure'>,
  reportFolder: string,
): CopiedImplementation {
  if (configure === null) return { files: [], beside: [], leftOut: [] }
  const own = copyFolder(folder, join(reportFolder, IMPLEMENTATION_FOLDER))
  const beside = foldersBeside(folder)
  const others = beside.map((name) => {
    const { leftOut } = copyFolder(join(folder, '..', name), join(reportFolder, BESIDE_FOLDER, name))
    return leftOut.map((file) => `../${name}/${file}`)
  })
  return { files: own.files, beside, leftOut: [...own.leftOut, ...others.flat()] }
}

/** A wrapper runs what lies beside it: folders that its files, or those of such a folder, name as ../NAME/. */
export function foldersBeside(folder: string): string[] {
  const found: string[] = []
  const look = (from: string): void => {
    for (const name of namedBeside(from)) {
      const isFolder = statSync(join(folder, '..', name), { throwIfNoEntry: false })?.isDirectory() === true
      if (!isFolder || name === basename(folder) || found.includes(name)) continue
      found.push(name)
      look(join(folder, '..', name))
    }
  }
  look(folder)
  return found.sort()
}

/** Names of folders, whether they are there or not. */
export function namedBeside(folder: string): readonly string[] {
  const names = entriesUnder(folder).flatMap((path) => {
    const { size } = statSync(path)
    if (size > LARGEST_FILE_OCTETS || dirname(path) !== folder) return []
    return [...readText(path).matchAll(NAMED)].map(([, name = '']) => name)
  })
  return [...new Set(names)]
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return '' // not ours to read
  }
}

function copyFolder(folder: string, into: string): { files: string[]; leftOut: string[] } {
  const files: string[] = []
  const leftOut: string[] = []
  for (const path of entriesUnder(folder)) {
    const name = relative(folder, path)
    const { size } = statSync(path, { throwIfNoEntry: false }) ?? { size: LARGEST_FILE_OCTETS + 1 }
    if (size > LARGEST_FILE_OCTETS || files.length === MOST_FILES) {
      leftOut.push(name)
      continue
    }
    mkdirSync(dirname(join(into, name)), { recursive: true })
    try {
      copyFileSync(path, join(into, name))
      files.push(name)
    } catch {
      leftOut.push(name) // not ours to read
    }
  }
  return { files, leftOut }
}

/** Regular files, and links that lead to one. */
function entriesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (NOT_FILES_OF_ITS_OWN.has(entry.name)) return []
      if (entry.isDirectory()) return entriesUnder(path)
      return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? [path] : []
    })
}
