export { differences } from './differences.ts'
export { readState } from './read.ts'
export type { MachineState, ReadOptions } from './state.ts'
export { sweep } from './sweep.ts'
