/** The process behind `frameproof lab up`: it holds a lab, answers about it, and goes when it is told to. */
import type { Socket } from 'node:net'
import { connect, openShell, shellEnded, shellInput, shellOutput } from '../../agent/messages/index.ts'
import { startSite } from '../choose-site.ts'
import { EmbeddedGround } from '../grounds/embedded.ts'
import { serveGuarded } from '../guarded-socket.ts'
import { Lab } from '../lab.ts'
import type { LabSpecification } from '../lab-specification.ts'
import { connectSite, type LocalKind, type Site } from '../site.ts'
import { addressOf } from '../topology.ts'
import { type LabStatus, labDown, labStatus } from './messages.ts'
import { claimLab, forgetLab, noteLab } from './state.ts'

/** Resolves when the lab is gone, with the reason. @throws {Error} if it cannot be built */
export async function keepLab(
  kind: LocalKind,
  specification: LabSpecification,
  onReady: () => void,
): Promise<string> {
  claimLab()
  const started = await startSite(kind, 0)
  try {
    const site = await connectSite(started)
    await Lab.build(new EmbeddedGround(site, specification.topology), specification)
    const status = statusOf(site, specification)
    let takeDown: (why: string) => void = () => undefined
    const wanted = new Promise<string>((resolve) => {
      takeDown = resolve
    })
    const server = await serveGuarded((socket) =>
      serveClient(socket, site, status, () => takeDown('it was taken down')),
    )
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => takeDown(`got ${signal}`))
    noteLab({ pid: process.pid, address: server.address })
    onReady()
    const why = await Promise.race([wanted, started.ended.then((how) => `the site ended: ${how}`)])
    server.close()
    return why
  } finally {
    forgetLab()
    await started.kill()
  }
}

function serveClient(socket: Socket, site: Site, status: LabStatus, takeDown: () => void): void {
  const client = connect(socket, socket)
  const own = new Set<number>()
  client.onRequest(labStatus, () => status)
  client.onRequest(labDown, () => {
    setImmediate(takeDown) // once the answer is out
  })
  client.onRequest(openShell, async (request) => {
    const shell = await site.ask(openShell, request)
    own.add(shell)
    return shell
  })
  client.onNotification(shellInput, (input) => void site.agent.sendNotification(shellInput, input))
  site.agent.onNotification(shellOutput, (output) => {
    if (own.has(output.shell)) void client.sendNotification(shellOutput, output)
  })
  site.agent.onNotification(shellEnded, (end) => {
    if (own.delete(end.shell)) void client.sendNotification(shellEnded, end)
  })
  client.onError(() => undefined) // who asked is gone
  client.listen()
}

function statusOf(site: Site, { scenario, implementation, topology }: LabSpecification): LabStatus {
  const vidOf = (tenant: string): number =>
    topology.tenants.find((candidate) => candidate.name === tenant)?.vid ?? 0
  return {
    scenario,
    implementation: implementation.name,
    site: site.kind,
    kernel: site.kernel,
    startedAt: new Date().toISOString(),
    topology: topology.drawing,
    guests: topology.guests.map((guest) => {
      const { name, tenant, hypervisor, tap, mac } = guest
      return { name, tenant, vid: vidOf(tenant), hypervisor, tap, mac, address: addressOf(guest, scenario) }
    }),
  }
}
