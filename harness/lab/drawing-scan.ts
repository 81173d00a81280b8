/** The cells of a drawing, put together to parts (words and boxes) and nets (wires that touch). */
import { BadInput } from './bad-input.ts'

export interface Place {
  line: number // from 1
  column: number // from 1
}

/** A word, or a word in a box. */
export interface Part extends Place {
  name: string
  box: boolean
}

/** Wire cells that touch, and the parts that they reach. */
export interface Net {
  at: Place
  parts: readonly Part[]
}

export interface Sheet {
  parts: readonly Part[]
  nets: readonly Net[]
}

type Side = 'left' | 'right' | 'up' | 'down'

const STEPS: Record<Side, { rows: number; columns: number; back: Side }> = {
  left: { rows: 0, columns: -1, back: 'right' },
  right: { rows: 0, columns: 1, back: 'left' },
  up: { rows: -1, columns: 0, back: 'down' },
  down: { rows: 1, columns: 0, back: 'up' },
}
const JOINS: Record<string, readonly Side[]> = {
  '-': ['left', 'right'],
  '=': ['left', 'right'],
  '|': ['up', 'down'],
  '+': ['left', 'right', 'up', 'down'],
}
const TOKEN = / +|\[ *([a-z][a-z0-9]*(?:-[a-z0-9]+)*) *\]|([a-z][a-z0-9]*(?:-[a-z0-9]+)*)|[-=+|]/y

type Cell = { kind: 'part'; part: Part } | { kind: 'wire'; sides: readonly Side[]; at: Place }

/** @throws {BadInput} naming line and column */
export function scan(text: string): Sheet {
  const parts: Part[] = []
  const rows = text.split(/\r?\n/).map((line, row) => cellsOf(line, row + 1, parts))
  return { parts, nets: netsOf(rows) }
}

/** A line's cells by column; undefined is empty paper. */
function cellsOf(text: string, line: number, parts: Part[]): readonly (Cell | undefined)[] {
  const cells: (Cell | undefined)[] = []
  const token = new RegExp(TOKEN)
  for (let at = 0; at < text.length; at = token.lastIndex) {
    token.lastIndex = at
    const match = token.exec(text)
    const place = { line, column: at + 1 }
    if (match === null) {
      const found = JSON.stringify(text[at])
      throw wrong(place, `${found} is no part of a drawing: names, [ boxes ], and wires of - = + |`)
    }
    const [all, boxed, word] = match
    const name = boxed ?? word
    if (name !== undefined) {
      const part = { ...place, name, box: boxed !== undefined }
      parts.push(part)
      for (let column = 0; column < all.length; column += 1) cells.push({ kind: 'part', part })
      continue
    }
    const sides = JOINS[all]
    if (sides !== undefined) cells.push({ kind: 'wire', sides, at: place })
    else cells.length = at + all.length
  }
  return cells
}

function netsOf(rows: readonly (readonly (Cell | undefined)[])[]): readonly Net[] {
  const nets: Net[] = []
  const done = new Set<Cell>()
  for (const cell of rows.flat()) {
    if (cell?.kind !== 'wire' || done.has(cell)) continue
    nets.push(trace(cell, rows, done))
  }
  return nets
}

/** Follows a wire to all its ends. */
function trace(
  start: Cell & { kind: 'wire' },
  rows: readonly (readonly (Cell | undefined)[])[],
  done: Set<Cell>,
): Net {
  const parts: Part[] = []
  const waiting = [start]
  done.add(start)
  for (let cell = waiting.pop(); cell !== undefined; cell = waiting.pop()) {
    const reached = cell.sides.map((side) => ({ side, to: neighbour(rows, cell, side) }))
    const loose = reached.filter(({ to }) => to === undefined)
    const isCrossing = cell.sides.length > 2
    if (isCrossing ? reached.length - loose.length < 2 : loose.length > 0) {
      const ends = isCrossing ? 'joins nothing' : `has nothing at its ${NAMES[loose[0]?.side ?? 'left']} end`
      throw wrong(cell.at, `the wire ${ends}`)
    }
    for (const { to } of reached) {
      if (to?.kind === 'part') parts.push(to.part)
      if (to?.kind !== 'wire' || done.has(to)) continue
      done.add(to)
      waiting.push(to)
    }
  }
  const twice = parts.find((part, index) => parts.indexOf(part) !== index)
  if (twice !== undefined) throw wrong(twice, `${twice.name} is reached twice by the same wire`)
  if (parts.length < 2) throw wrong(start.at, 'the wire joins nothing')
  return { at: start.at, parts }
}

const NAMES: Record<Side, string> = { left: 'left', right: 'right', up: 'upper', down: 'lower' }

/** What a wire cell touches on one side; sideways, a part may stand one space away. */
function neighbour(
  rows: readonly (readonly (Cell | undefined)[])[],
  cell: Cell & { kind: 'wire' },
  side: Side,
): Cell | undefined {
  const { rows: down, columns, back } = STEPS[side]
  const row = rows[cell.at.line - 1 + down]
  const column = cell.at.column - 1 + columns
  const next = row?.[column]
  if (next?.kind === 'wire') return next.sides.includes(back) ? next : undefined
  if (next?.kind === 'part') return next
  const beyond = row?.[column + columns]
  return columns !== 0 && beyond?.kind === 'part' ? beyond : undefined
}

/** The mistake at a place of the drawing. */
export function wrong(at: Place, what: string): BadInput {
  return new BadInput(`line ${at.line}, column ${at.column} of the drawing: ${what}`)
}
