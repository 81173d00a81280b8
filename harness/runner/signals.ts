/** Who ends a run: one handler for all that means "stop", ours alone. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const LOOK_AGAIN_MS = 200

/** From now on these signals do nothing but this: libraries that would end the process lose theirs. */
export function takeSignals(onSignal: () => void): void {
  for (const signal of SIGNALS) {
    process.removeAllListeners(signal)
    process.on(signal, onSignal)
  }
}

/** npm that is killed takes nothing with it: what it runs must see for itself that npm is gone. */
export function watchNpm(onGone: () => void): void {
  const npm = Number(process.env.FRAMEPROOF_NPM)
  if (Number.isNaN(npm)) return // no set-up, no npm
  const timer = setInterval(() => {
    if (process.ppid === npm) return
    clearInterval(timer)
    onGone()
  }, LOOK_AGAIN_MS)
  timer.unref()
}
