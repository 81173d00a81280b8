/** Programs that a site can start, each one file: bundled once per version, kept in node_modules/.cache. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const HARNESS = dirname(dirname(fileURLToPath(import.meta.url)))
const CACHE = join(dirname(HARNESS), 'node_modules', '.cache', 'frameproof')

/** Returns the path of the agent's program. */
export function bundleAgent(): Promise<string> {
  return bundled('agent/main.ts', 'agent')
}

/** @param entry below harness. koffi stays outside: its native part is found from there */
export async function bundled(entry: string, name: string): Promise<string> {
  const result = await build({
    entryPoints: [join(HARNESS, entry)],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node18',
    logLevel: 'silent',
    // CommonJS packages inside the bundle ask for Node's own modules by require.
    banner: {
      js: "import { createRequire as forBundle } from 'node:module'; const require = forBundle(import.meta.url);",
    },
  })
  const [output] = result.outputFiles
  if (output === undefined) throw new Error(`${entry} could not be bundled`)
  const path = join(
    CACHE,
    `${name}-${createHash('sha256').update(output.contents).digest('hex').slice(0, 16)}.mjs`,
  )
  if (!existsSync(path)) {
    mkdirSync(CACHE, { recursive: true })
    const unfinished = `${path}.${process.pid}`
    writeFileSync(unfinished, output.contents)
    renameSync(unfinished, path)
  }
  return path
}
