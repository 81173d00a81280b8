/**
 *   [ VM ]--/dev/net/tun--tapN--( hypervisor )
 *
 *   the VM opens the device:            there is a NIC tapN
 *   the VM closes it:                   there is none
 *   the VM opens it, tapN is set up:    tapN is up and has carrier
 *
 * Source: the article, 1.2; the kernel's Documentation/networking/tuntap.rst.
 */
import { expect, type Guest, requirement } from '../../harness/index.ts'

requirement('TAP-01', 'opening the TAP device makes a NIC, closing it removes it', async ({ lab }) => {
  const nicOf = async ({ hypervisor, port }: Guest) =>
    (await lab.links(hypervisor)).find(({ name }) => name === port.interface)

  await lab.detach(lab.everyGuest, { owed: true })
  for (const guest of lab.everyGuest) {
    const nic = `the NIC ${guest.port.id}`
    expect(await nicOf(guest), `${nic} of a VM that was on and has gone`).toBeUndefined()
    await lab.openDevice(guest)
    expect(await nicOf(guest), `${nic} when the VM has opened the device`).toBeDefined()
    await lab.closeDevice(guest)
    expect(await nicOf(guest), `${nic} when the VM has closed the device`).toBeUndefined()
  }

  await lab.attach(lab.everyGuest, { owed: true })
  for (const guest of lab.everyGuest) {
    const nic = await nicOf(guest)
    expect(nic?.up, `${guest.port.id} is up once it is set up`).toBe(true)
    expect(nic?.carrier, `${guest.port.id} has carrier once it is set up`).toBe(true)
  }
})
