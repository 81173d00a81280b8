/** What every measurement offers, and is told. */
import type { Row } from './table.ts'

export interface Options {
  /** Fewer rounds of less: to see that it works. */
  quick: boolean
  /** Each row as soon as it is there. */
  tell: (row: Row) => void
}

export interface Measurement {
  name: string
  run(options: Options): Promise<void>
}

/** Some at a time, in turn: what disturbs the machine disturbs all of them. */
export async function inTurn(
  rounds: number,
  ...sides: readonly (() => Promise<number> | number)[]
): Promise<readonly (readonly number[])[]> {
  const figures = sides.map((): number[] => [])
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, measure] of sides.entries()) figures[index]?.push(await measure())
  }
  return figures
}

/** How long it takes, in milliseconds. */
export async function timed(action: () => unknown): Promise<number> {
  const begin = performance.now()
  await action()
  return performance.now() - begin
}
