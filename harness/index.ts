/** All that a case may import. */
export * from './proof/frames.ts'
export type { Guest, Port, Seen, Stimulus, WindowScript } from './proof/index.ts'
export { expect } from './runner/expect.ts'
export { type CaseContext, requirement } from './runner/requirement.ts'
export * from './wire/index.ts'
