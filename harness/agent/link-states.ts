/**
 * What state NICs are in, asked again only where the kernel has told of a change: a window asks of every port, and a
 * system call each is dear where the kernel is a process.
 */
import { LinkNews } from '../port/link-news.ts'
import { type LinkState, PacketSocket } from '../port/packet-socket.ts'
import type { Namespace } from './messages/index.ts'
import { awaitInput } from './poll.ts'

export interface Nic {
  namespace: Namespace
  interface: string
}

interface Known {
  /** Sends too. */
  socket: PacketSocket
  news: LinkNews
  states: Map<string, LinkState>
}

export class LinkStates {
  readonly #known = new Map<Namespace, Known>()

  /** Of each of these, as it is now. */
  statesOf(nics: readonly Nic[]): readonly LinkState[] {
    for (const { namespace } of nics) this.#in(namespace)
    this.#heedNews()
    return nics.map(({ namespace, interface: name }) => {
      const { socket, states } = this.#in(namespace)
      const state = states.get(name) ?? socket.linkState(name)
      states.set(name, state)
      return state
    })
  }

  /** For sending on the namespace's NICs. */
  socketIn(namespace: Namespace): PacketSocket {
    return this.#in(namespace).socket
  }

  /** A namespace may be removed and made anew under the same name: a socket of the old one would speak to nobody. */
  keepOnly(used: ReadonlySet<Namespace>): void {
    for (const [namespace, { socket, news }] of this.#known) {
      if (used.has(namespace)) continue
      socket.close()
      news.close()
      this.#known.delete(namespace)
    }
  }

  #heedNews(): void {
    const all = [...this.#known.values()]
    const descriptors = all.map(({ news }) => news.fd)
    for (const index of awaitInput(descriptors, 0)) {
      all[index]?.news.clear()
      all[index]?.states.clear()
    }
  }

  #in(namespace: Namespace): Known {
    const known = this.#known.get(namespace)
    if (known !== undefined) return known
    const news = LinkNews.open(namespace) // first: what changes later is told
    const fresh = { socket: PacketSocket.open(namespace), news, states: new Map<string, LinkState>() }
    this.#known.set(namespace, fresh)
    return fresh
  }
}
