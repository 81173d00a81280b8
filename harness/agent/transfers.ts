/** TCP between two network stacks: both of this site, or one of them. */
import { TcpClient, TcpServer, TcpTransfer } from '../port/tcp-transfer.ts'
import type { PartResult, PartStep, StepResult } from './messages/index.ts'
import type { Window } from './window.ts'

const TRANSFER_PORT = 5001

type StepOf<K extends PartStep['kind']> = Extract<PartStep, { kind: K }>

export function playTransfer(
  window: Window,
  { client, server, sizeOctets, deadlineMs }: StepOf<'transfer'>,
): StepResult {
  let transfer: TcpTransfer
  try {
    transfer = TcpTransfer.start({ client, server, port: TRANSFER_PORT, sizeOctets })
  } catch (error) {
    const { message } = error as Error
    return { kind: 'transferred', received: 0, intact: false, ended: false, error: message }
  }
  try {
    window.waitFor(deadlineMs, () => {
      transfer.step()
      return transfer.done
    })
    const { received, intact, ended, error } = transfer
    return { kind: 'transferred', received, intact, ended, error }
  } finally {
    transfer.close()
    window.drain()
  }
}

/** One site's half of a transfer, from one message to the next. */
export class TransferHalf {
  #end: TcpServer | TcpClient | null = null
  #notStarted: string | null = null

  listen({ server }: StepOf<'listen'>): PartResult {
    return this.#start(() => TcpServer.listen(server, TRANSFER_PORT))
  }

  connect({ client, to, sizeOctets }: StepOf<'connect'>): PartResult {
    return this.#start(() => TcpClient.connect({ client, to, port: TRANSFER_PORT, sizeOctets }))
  }

  carry(window: Window, { deadlineMs }: StepOf<'carry'>): PartResult {
    const end = this.#end
    if (end === null) return this.#state(0)
    const tookMs = window.waitFor(deadlineMs, () => {
      end.step()
      return isOver(end)
    })
    return this.#state(tookMs)
  }

  close(): PartResult {
    const last = this.#state(0)
    this.#end?.close()
    this.#end = null
    this.#notStarted = null
    return last
  }

  #start(start: () => TcpServer | TcpClient): PartResult {
    this.close()
    try {
      this.#end = start()
    } catch (error) {
      this.#notStarted = (error as Error).message
    }
    return this.#state(0)
  }

  #state(tookMs: number): PartResult {
    const end = this.#end
    const error = end === null ? this.#notStarted : end.error
    const { received, intact, ended } =
      end instanceof TcpServer ? end : { received: 0, intact: error === null, ended: false }
    return { kind: 'carried', received, intact, ended, error, isOver: end === null || isOver(end), tookMs }
  }
}

function isOver(end: TcpServer | TcpClient): boolean {
  return end.done || end.error !== null
}
