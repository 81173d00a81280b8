/**
 *   [ red1 ]==1, 2, 3 … 10,000==> tap-red1 --( hv1 )-- tap-red2 ==1, 2, 3 … 10,000==> [ red2 ]
 *
 * Ten thousand numbered frames of one VM come to its peer in order, none missing, none twice. The peer reads all the
 * time, and no more than 500 are on their way: a TAP device queues 1,000.
 *
 * Source: the article, 1.2; the kernel's Documentation/networking/tuntap.rst; IEEE 802.1Q, 6.5.3 (frame ordering).
 */
import { expect, experimental, requirement } from '../../harness/index.ts'

requirement('TAP-04', 'ten thousand frames arrive in order, each once', async ({ lab, window }) => {
  const { red1, red2 } = lab.guests
  const numbered = experimental({ from: red1, to: red2 })

  const seen = await window({ at: [red1.port, red2.port, red2.nic] }, async (w) => {
    await w.stream(red1, numbered, { to: red2, at: [], count: 10_000, outstanding: 500 })
  })

  expect(seen.from(red1.port)).toCarryInOrder(numbered)
  expect(seen.at(red2.port)).toCarryInOrder(numbered)
  expect(seen.at(red2.nic)).toCarryInOrder(numbered)
})
