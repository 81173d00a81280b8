/** Opens a capture by cap on a NIC, `cap-parent NAMESPACE NIC`, tells its process's id, and stays. For tests only. */
import { openCapCapture } from '../cap-capture.ts'

const [namespace = '', interfaceName = ''] = process.argv.slice(2)
const { pid } = await openCapCapture({ namespace, interfaceName, onFrame: () => undefined })
process.stdout.write(`${pid}\n`)
