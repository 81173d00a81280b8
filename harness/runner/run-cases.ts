/** Runs case files through vitest, in workers of their own, and reports each result as it comes. */
import {
  createVitest,
  type Reporter,
  type TestCase,
  type TestModule,
  type TestSpecification,
} from 'vitest/node'
import type { CaseFile } from './case-files.ts'
import type { CaseOutcome, RunOrder } from './outcome.ts'

export interface RunCases {
  files: readonly CaseFile[]
  root: string
  workers: number
  order: RunOrder
  /** Vitest is there, and starts nothing before this returns. */
  onVitest(): void
  /** A case file was loaded, and has so many cases. */
  onPlanned(path: string, cases: number): void
  onStart(caseName: string): void
  onOutcome(outcome: CaseOutcome): void
  /** A case file that could not even be loaded, or a worker that died: in one line. */
  onBroken(file: string, message: string): void
}

export interface RunningCases {
  finished: Promise<void>
  cancel(): Promise<void>
}

export function runCases(options: RunCases): RunningCases {
  const starting = createVitest(
    'test',
    {
      root: options.root,
      config: false,
      watch: false,
      include: options.files.map((file) => file.path),
      pool: 'forks',
      isolate: false,
      maxWorkers: options.workers,
      fileParallelism: options.workers > 1,
      reporters: [reporter(options)],
      setupFiles: [new URL('./worker-setup.ts', import.meta.url).pathname],
      sequence: { sequencer: InGivenOrder },
      provide: { frameproof: options.order },
      includeTaskLocation: false,
    },
    { logLevel: 'silent' },
  )
  const finished = starting.then(async (vitest) => {
    options.onVitest()
    try {
      await vitest.start()
    } finally {
      await vitest.close()
    }
  })
  const cancel = async (): Promise<void> => {
    const vitest = await starting
    await vitest.cancelCurrentRun('keyboard-input')
  }
  return { finished, cancel }
}

function reporter({ onPlanned, onStart, onOutcome, onBroken }: RunCases): Reporter {
  return {
    onTestModuleCollected(module: TestModule) {
      const cases = [...module.children.allTests()].filter((test) => test.options.mode === 'run')
      onPlanned(module.moduleId, cases.length)
    },
    onTestCaseReady: (test: TestCase) => onStart(test.name),
    onTestCaseResult(test: TestCase) {
      const outcome = test.meta().frameproof
      if (outcome !== undefined) return onOutcome(outcome)
      const { state, errors } = test.result()
      if (state === 'failed') onBroken(test.module.relativeModuleId, `${test.name}: ${firstMessage(errors)}`)
    },
    onTestModuleEnd(module: TestModule) {
      if (module.errors().length > 0) onBroken(module.relativeModuleId, firstMessage(module.errors()))
    },
    onTestRunEnd(_modules, unhandled) {
      if (unhandled.length > 0) onBroken('a test worker', firstMessage(unhandled))
    },
  }
}

function firstMessage(errors: readonly { message: string }[] | undefined): string {
  const [error] = errors ?? []
  return error?.message.split('\n').slice(0, 2).join(' ') ?? 'no reason was given'
}

/** Files run as they were given: those of one scenario together. */
class InGivenOrder {
  readonly #include: readonly string[]
  constructor(vitest: { config: { include: string[] } }) {
    this.#include = vitest.config.include
  }
  async shard(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    return specifications
  }
  async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const place = (specification: TestSpecification): number => this.#include.indexOf(specification.moduleId)
    return [...specifications].sort((a, b) => place(a) - place(b))
  }
}
