#!/usr/bin/env node
/** The program: TypeScript as it stands, loaded by tsx. */
import { register } from 'tsx/esm/api'

// Until a run takes care of them itself, a signal ends the program with nothing begun.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130))

register()
await import('./cli.ts')
