/** A controller that does nothing but hold a site, for tests only: `controller.ts CONFIG_FILE`. */
import { connectSite } from '../../site.ts'
import { startSsh } from '../../sites/ssh.ts'

const [configFile = ''] = process.argv.slice(2)
const site = await startSsh({ name: 'hv1', host: 'site', sudo: false, configFile })
await connectSite(site)
process.stdout.write('connected\n')
setInterval(() => undefined, 1000)
