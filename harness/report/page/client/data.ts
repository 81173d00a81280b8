/** What the page brings with it: read when it is first asked for. */
import type { PageLab, Story } from '../model.ts'

const READ = new Map<string, unknown>()

export function storyAt(number: string): Story {
  return dataIn(`story-${number}`) as Story
}

export function labAt(index: number): PageLab {
  return (dataIn('labs') as PageLab[])[index] ?? { ports: [] }
}

export function planAt(index: number): string {
  return (dataIn('plans') as string[])[index] ?? ''
}

export function octetsOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}

function dataIn(id: string): unknown {
  if (!READ.has(id)) READ.set(id, JSON.parse(document.getElementById(id)?.textContent ?? 'null'))
  return READ.get(id)
}
