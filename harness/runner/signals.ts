/** Who ends a run: one handler for the signals that mean "stop", ours alone. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** From now on these signals do nothing but this: libraries that would end the process lose theirs. */
export function takeSignals(onSignal: () => void): void {
  for (const signal of SIGNALS) {
    process.removeAllListeners(signal)
    process.on(signal, onSignal)
  }
}
