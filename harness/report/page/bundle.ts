/** The page's script as one text: bundled when a report is written, so that a fresh clone needs no building. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const HERE = import.meta.dirname

export interface Parts {
  script: string
  style: string
}

/** Never holds what would end the element that it stands in. */
export async function pageParts(): Promise<Parts> {
  const result = await build({
    entryPoints: [join(HERE, 'client', 'main.ts')],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    target: 'es2020',
    minify: true,
    charset: 'ascii',
    logLevel: 'silent',
  })
  const script = result.outputFiles[0]?.text ?? ''
  const style = readFileSync(join(HERE, 'style.css'), 'utf8')
  if (/<\/(script|style)|<!--/i.test(script + style)) throw new Error('the page’s own script would end early')
  return { script, style }
}
