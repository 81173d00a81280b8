import { defineConfig } from 'vitest/config'

/** What is tested on real virtual machines: `npm run test:vagrant`. One file at a time: there is one set of machines. */
export default defineConfig({
  test: {
    include: ['harness/**/*.vagrant.ts'],
    pool: 'forks',
    fileParallelism: false,
  },
})
