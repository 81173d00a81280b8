/** The agent as one program that a site can start: bundled once per version, kept in node_modules/.cache. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const HARNESS = dirname(dirname(fileURLToPath(import.meta.url)))
const CACHE = join(dirname(HARNESS), 'node_modules', '.cache', 'frameproof')

/** Returns the path of the program. koffi stays outside: its native part is found from there. */
export async function bundleAgent(): Promise<string> {
  const result = await build({
    entryPoints: [join(HARNESS, 'agent', 'main.ts')],
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
  if (output === undefined) throw new Error('the agent could not be bundled')
  const path = join(
    CACHE,
    `agent-${createHash('sha256').update(output.contents).digest('hex').slice(0, 16)}.mjs`,
  )
  if (!existsSync(path)) {
    mkdirSync(CACHE, { recursive: true })
    const unfinished = `${path}.${process.pid}`
    writeFileSync(unfinished, output.contents)
    renameSync(unfinished, path)
  }
  return path
}
