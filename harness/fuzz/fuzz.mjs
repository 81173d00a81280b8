/** TypeScript as it stands, loaded by tsx. */
import { register } from 'tsx/esm/api'

register()
await import('./main.ts')
