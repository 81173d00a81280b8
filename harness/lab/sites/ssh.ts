/** A site that SSH reaches: any machine, as it is. */
import { SshConnection } from '../ssh/connection.ts'
import { type AgentSession, startAgent } from '../ssh/far-side.ts'
import { HeartbeatLine } from '../ssh/heartbeat-line.ts'
import { agentPacks } from '../ssh/pack.ts'
import type { SshTarget } from '../ssh/target.ts'
import type { SiteProcess } from './process-site.ts'

export { SshConnection } from '../ssh/connection.ts'
export type { SshTarget } from '../ssh/target.ts'

/** An agent that is told to end, and its machine's answer that it did. */
const END_DEADLINE_MS = 2000
/** A session and its connection end together when the connection is cut: which is told first is chance. */
const SAME_MOMENT_MS = 1000
const SSH_FAILED = 255

/** @throws {BadInput} in one line: why there is no agent, and what to do */
export async function startSsh(target: SshTarget): Promise<SiteProcess> {
  const packs = agentPacks() // takes its time, as the connection does
  packs.catch(() => undefined) // told below
  const connection = await SshConnection.open(target)
  try {
    return siteProcess(connection, await startAgent(connection, await packs), () => connection.close())
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** The connection stays, for the next agent: over a slow line, making one takes longest. @throws {BadInput} */
export async function startOver(connection: SshConnection): Promise<SiteProcess> {
  return siteProcess(connection, await startAgent(connection, await agentPacks()), async () => undefined)
}

/** @param release called when the agent has ended, or does not */
function siteProcess(
  connection: SshConnection,
  agent: AgentSession,
  release: () => Promise<void>,
): SiteProcess {
  const { session } = agent
  const output = new HeartbeatLine()
  output.on('error', () => undefined) // a broken line shows as the end of the site
  output.pipe(session.stdin)
  let killed = false
  const ended = howItEnded(connection, agent).then(async (how) => {
    output.destroy()
    await release()
    return how
  })
  const died = new Promise<string>((resolve) => {
    void ended.then((how) => {
      if (!killed) resolve(how)
    })
  })
  const kill = async (): Promise<void> => {
    killed = true
    output.end()
    session.stdout.destroy() // nobody reads it any more
    const force = setTimeout(() => {
      session.kill('SIGKILL')
      void release()
    }, END_DEADLINE_MS)
    await ended
    clearTimeout(force)
  }
  return { kind: 'ssh', input: session.stdout, output, ended, kill, died }
}

async function howItEnded({ target, ended }: SshConnection, { end, said }: AgentSession): Promise<string> {
  const { name, host } = target
  const { status, signal } = await end
  const words = said.line === '' ? '' : `, saying: ${said.line}`
  if (status !== SSH_FAILED && status !== null)
    return `the agent on ${name} (${host}) ended with exit status ${status}${words}`
  const cut = await Promise.race([ended, later(SAME_MOMENT_MS)])
  if (cut === undefined) return `the agent on ${name} (${host}) was killed${words}`
  return `the ssh connection to ${name} (${host}) was cut: ${cut || (signal ?? 'ssh does not say why')}`
}

function later(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms))
}
