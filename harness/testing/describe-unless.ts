/** Tests that not every machine can run. For tests only. */
import { describe, type TestOptions } from 'vitest'

/** Skips them for the reason, if there is one; the title tells it. */
export function describeUnless(
  why: string | null,
  title: string,
  options: TestOptions,
  tests: () => void,
): void {
  describe.skipIf(why !== null)(why === null ? title : `${title} (skipped: ${why})`, options, tests)
}
