/** All that a controller may import of the agent. */
export * from './frames.ts'
export * from './noise.ts'
export * from './parts.ts'
export * from './requests.ts'
export * from './transport.ts'
