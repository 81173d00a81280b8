/** A tar archive of a few files, the same octets every time. Source: POSIX.1-2017, pax, ustar interchange format. */

const BLOCK = 512
const MOST_NAME_OCTETS = 100

export interface ArchivedFile {
  /** Relative, with `/`. */
  path: string
  octets: Uint8Array
  isProgram: boolean
}

export function tarOf(files: readonly ArchivedFile[]): Buffer {
  const parts = files.flatMap((file) => {
    const padding = Buffer.alloc((BLOCK - (file.octets.length % BLOCK)) % BLOCK)
    return [header(file), file.octets, padding]
  })
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)])
}

/** Folders are not in it: tar makes them. */
function header({ path, octets, isProgram }: ArchivedFile): Buffer {
  if (Buffer.byteLength(path) > MOST_NAME_OCTETS)
    throw new Error(`the name is too long for an archive: ${path}`)
  const block = Buffer.alloc(BLOCK)
  block.write(path, 0)
  block.write(octal(isProgram ? 0o755 : 0o644, 8), 100)
  block.write(octal(0, 8), 108) // owner
  block.write(octal(0, 8), 116) // group
  block.write(octal(octets.length, 12), 124)
  block.write(octal(0, 12), 136) // time
  block.write(' '.repeat(8), 148) // the checksum counts as spaces
  block.write('0', 156) // a regular file
  block.write('ustar\u000000', 257)
  block.write(
    octal(
      block.reduce((sum, octet) => sum + octet),
      8,
    ),
    148,
  )
  return block
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`
}
