/**
 * The CPU that a lab has to itself. Labs side by side do not disturb each other then; and on one CPU frames cannot
 * overtake each other in a cable, as they can where a veth pair hands one to this CPU's queue and the next to another's.
 */
import { readFileSync } from 'node:fs'

/**
 * Set for runs side by side, in their environment, by who starts them: 0 for the first, 1 for the next. Without it the
 * first lab of each run would be pinned to the same CPU.
 */
export const FIRST_CPU = 'FRAMEPROOF_FIRST_CPU'

/** @param worker which of the run's labs side by side this is: each is pinned to a CPU of its own */
export function ownCpu(worker: number): number {
  return cpuOf(worker, Number(process.env[FIRST_CPU] ?? 0), allowedCpus())
}

/** @param first how many labs of other runs come before */
export function cpuOf(worker: number, first: number, cpus: readonly number[]): number {
  return cpus[cpus.length - 1 - ((worker + first) % cpus.length)] ?? 0
}

/** Those that this process may use: not all, in a container. */
export function allowedCpus(): readonly number[] {
  const [, list = '0'] = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return cpusIn(list)
}

/** @param list as the kernel writes it, 0-2,5 */
export function cpusIn(list: string): readonly number[] {
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, at) => first + at)
  })
}
