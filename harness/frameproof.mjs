#!/usr/bin/env node
/** The program: TypeScript as it stands, loaded by tsx. */
import { register } from 'tsx/esm/api'

register()
await import('./cli.ts')
