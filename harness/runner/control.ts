/** What must be so for a case to show anything at all, whatever the implementation. */

export class ControlFailed extends Error {
  override readonly name = 'ControlFailed'
}

/** Else the case could not run, and this is why. */
export function control(holds: boolean, otherwise: string): void {
  if (!holds) throw new ControlFailed(`control: ${otherwise}`)
}
