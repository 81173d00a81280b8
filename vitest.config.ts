import { defineConfig } from 'vitest/config'

/** The project's own tests. The conformance cases have a configuration of their own, in harness/runner. */
export default defineConfig({
  test: {
    include: ['harness/**/*.test.ts', 'fixtures/**/*.test.ts'],
    pool: 'forks',
    // A deadline for what hangs: on a busy machine programs and kernels take their time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
