import { describe, expect, it } from 'vitest'
import { BadInput } from './bad-input.ts'
import { parseDrawing } from './drawing.ts'

const DEFAULT = `
red1 --tap-red1--+                                        +--tap-red3-- red3
red2 --tap-red2--[ hv1 ]--eth0 == sw1 == eth0--[ hv2 ]----+--tap-blue2- blue2
blue1 -tap-blue1-+                 |
                                outside
`

const MODEL = {
  hypervisors: [
    {
      name: 'hv1',
      uplink: 'eth0',
      guests: [
        { name: 'blue1', tap: 'tap-blue1' },
        { name: 'red1', tap: 'tap-red1' },
        { name: 'red2', tap: 'tap-red2' },
      ],
    },
    {
      name: 'hv2',
      uplink: 'eth0',
      guests: [
        { name: 'blue2', tap: 'tap-blue2' },
        { name: 'red3', tap: 'tap-red3' },
      ],
    },
  ],
  fabric: { switch: 'sw1', outside: 'outside' },
}

describe('a drawing says what is wired to what', () => {
  it('in the default lab', () => {
    expect(parseDrawing(DEFAULT)).toEqual(MODEL)
  })

  it('with the halves mirrored', () => {
    const mirrored = `
red3 --tap-red3----+                              +-tap-red1- red1
                   +-[ hv2 ]- eth0 = sw1 = eth0 -[ hv1 ]-tap-red2- red2
blue2 --tap-blue2--+                  |           +-tap-blue1 - blue1
                                   outside`
    expect(parseDrawing(mirrored)).toEqual(MODEL)
  })

  it('with the guests in any order of rows, and outside above', () => {
    const shuffled = `
                                 outside
                                    |
blue1 --tap-blue1--[ hv1 ]--eth0 == sw1 == eth0--[ hv2 ]--tap-blue2-- blue2
red2 --tap-red2----+                                  +--tap-red3-- red3
red1 --tap-red1----+`
    expect(parseDrawing(shuffled)).toEqual(MODEL)
  })

  it('with wires that turn and run upwards', () => {
    const turning = `
                +---------+
                |         |
ta1 --tap-ta1--[ hv1 ]   eth1
                          |
              outside --- sw1`
    expect(parseDrawing(turning)).toEqual({
      hypervisors: [{ name: 'hv1', uplink: 'eth1', guests: [{ name: 'ta1', tap: 'tap-ta1' }] }],
      fabric: { switch: 'sw1', outside: 'outside' },
    })
  })

  it('in the order of numbers: red10 comes after red2', () => {
    const [hypervisor] = parseDrawing(`
red10 --tap-red10--+
red2 --tap-red2 ---[ hv1 ]--eth0--sw1
                                   |
                                outside`).hypervisors
    expect(hypervisor?.guests.map((guest) => guest.name)).toEqual(['red2', 'red10'])
  })
})

describe('a drawing that is unclear is refused', () => {
  const refused: readonly [string, string, string][] = [
    [
      'a wire is missing between the uplink and the switch',
      DEFAULT.replace('eth0 == sw1', 'eth0    sw1'),
      'line 3, column 27 of the drawing: eth0 leads from hv1 to nothing',
    ],
    [
      'a wire is missing between a guest and its TAP',
      DEFAULT.replace('red1 --tap-red1', 'red1   tap-red1'),
      'line 2, column 1 of the drawing: red1 is connected to nothing',
    ],
    [
      'a wire is missing between a TAP and its hypervisor',
      DEFAULT.replace('blue1 -tap-blue1-+', 'blue1 -tap-blue1  '),
      'line 4, column 1 of the drawing: blue1 leads to no hypervisor',
    ],
    [
      'a wire ends before what it should reach',
      DEFAULT.replace('--tap-red3', '  tap-red3').replace('+  tap', '+- tap').replace('-- red3', '--  red3'),
      'line 2, column 71 of the drawing: the wire has nothing at its right end',
    ],
    [
      'the wire to outside misses the switch by a column',
      DEFAULT.replace('  |\n', '|\n'),
      'line 4, column 34 of the drawing: the wire has nothing at its upper end',
    ],
    [
      'a guest has two TAPs',
      `a1 --tap-a1--[ hv1 ]--eth0 == sw1 -- outside
 |              |
 +----tap-b1----+`,
      'line 1, column 1 of the drawing: a1 is connected twice',
    ],
    [
      'a TAP leads to two hypervisors',
      `a1 --tap-a1--[ hv1 ]--eth0 == sw1 == eth0--[ hv2 ]
       |                       |              |
       |                    outside           |
       +--------------------------------------+`,
      'line 1, column 6 of the drawing: tap-a1 is connected 3 times',
    ],
    [
      'one wire reaches a word twice',
      `a1 --tap-a1--[ hv1 ]--eth0 == sw1
     |  |                      |
     +--+                   outside`,
      'line 1, column 6 of the drawing: tap-a1 is reached twice by the same wire',
    ],
    [
      'two hypervisors are wired without a switch',
      '[ hv1 ]--eth0 == eth1--[ hv2 ]   sw1 -- outside',
      'line 1, column 10 of the drawing: eth0 is wired to eth1 of hv2: hypervisors meet at sw1',
    ],
    [
      'a guest is drawn twice',
      DEFAULT.replaceAll('blue2', 'red1'),
      'line 3, column 72 of the drawing: red1 is drawn twice',
    ],
    [
      'a hypervisor has two uplinks',
      `[ hv1 ]--eth0 == sw1 -- outside
   |               |
   +-----eth1------+`,
      'line 3, column 10 of the drawing: hv1 has two uplinks, eth0 and eth1',
    ],
    [
      'a hypervisor has none',
      '[ hv1 ]--tap-a1-- a1    sw1 -- outside',
      'line 1, column 1 of the drawing: hv1 has no uplink: wire a NIC of it to sw1',
    ],
    [
      'a NIC has no name',
      '[ hv1 ]== sw1 -- outside',
      "line 1, column 8 of the drawing: the wire joins hv1 and sw1 without a NIC's name between them",
    ],
    [
      'the switch has a port to nobody',
      '[ hv1 ]--eth0 == sw1 -- outside\n                  |\n               printer',
      "line 3, column 16 of the drawing: printer is wired to sw1 and is no hypervisor's uplink",
    ],
    ['there is no switch', 'a1 --tap-a1--[ hv1 ]', 'the drawing has no physical switch, sw1'],
    [
      'there is no host outside',
      'a1 --tap-a1--[ hv1 ]--eth0 == sw1',
      'the drawing has no host outside, wired to sw1',
    ],
    [
      'a sign is unknown',
      '[ hv1 ]--eth0 ~~ sw1',
      'line 1, column 15 of the drawing: "~" is no part of a drawing: names, [ boxes ], and wires of - = + |',
    ],
    [
      'a wire goes round in itself',
      '[ hv1 ]--eth0 == sw1 -- outside\n  \n  ++\n  ++',
      'line 3, column 3 of the drawing: the wire joins nothing',
    ],
  ]

  it.each(refused)('because %s', (_, drawing, message) => {
    expect(() => parseDrawing(drawing)).toThrow(BadInput)
    expect(() => parseDrawing(drawing)).toThrow(message)
  })
})
