/** Runs first in every test worker: the controller alone decides what a signal means, and a worker dies with it. */
process.on('SIGINT', () => undefined)
process.on('disconnect', () => process.exit())
