/** What `frameproof lab …` asks of the process that keeps a lab. Shells are the agent's own messages, passed on. */
import { RequestType0 } from 'vscode-jsonrpc'

export interface LabStatus {
  scenario: string
  implementation: string
  site: string
  kernel: string
  startedAt: string
  topology: string // its drawing
  guests: readonly {
    name: string
    tenant: string
    vid: number
    hypervisor: string
    tap: string
    mac: string
    address: string
  }[]
}

export const labStatus = new RequestType0<LabStatus, void>('labStatus')
export const labDown = new RequestType0<void, void>('labDown')
