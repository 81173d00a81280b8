/** A folder as .tar.gz, the same octets every time: names sorted, one time for all, owners left out. */
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { create } from 'tar'
import { BadInput } from '../../lab/bad-input.ts'

/** The archive holds the folder under its own name. @throws {BadInput} if it cannot be written */
export async function writeArchive(folder: string, file: string, mtime: Date): Promise<void> {
  const target = resolve(file)
  if (existsSync(target) && !statSync(target).isFile())
    throw new BadInput(`-o ${file}: this is not a file, and a bundle is one`)
  const parent = dirname(folder)
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(parent, join(entry.parentPath, entry.name)))
    .sort()
  const unfinished = join(dirname(target), `.${basename(target)}.${randomBytes(4).toString('hex')}`)
  try {
    await create(
      { file: unfinished, cwd: parent, gzip: { level: 9 }, portable: true, mtime, noDirRecurse: true },
      names,
    )
    renameSync(unfinished, target) // whole, or not at all
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw new BadInput(`the bundle cannot be written: ${(error as Error).message}`)
  }
}
