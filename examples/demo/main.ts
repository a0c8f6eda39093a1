import { agenda } from './agenda.ts'
import { administration, cast } from './cast.ts'
import { providers } from './catalogue.ts'
import { check } from './check.ts'
import { closing } from './day.ts'
import { Gateway } from './gateway.ts'
import { Host } from './host.ts'
import { offer } from './offer.ts'
import { Page } from './page.ts'
import { Random } from './random.ts'
import { reportAccess } from './report-access.ts'
import { reportChanges } from './report-change.ts'
import { reportDay } from './report-day.ts'
import { reportMistakes } from './report-mistake.ts'
import { reportSetup } from './report-setup.ts'
import { reportSpeed } from './report-speed.ts'
import { reportTrial } from './report-trial.ts'
import { traffic } from './traffic.ts'

const random = new Random(20251015)
const host = new Host()
const gateway = new Gateway(host, random)
await host.engine.ready()

for (const step of [...administration(), ...offer(providers), ...cast()]) await host.take(step)

const asks = traffic(random)
for (const step of agenda()) {
  while (asks[0] && asks[0].request.at < step.at) await serveNext()
  await gateway.settleUntil(step.at)
  await host.take(step)
}
while (asks.length > 0) await serveNext()
await gateway.settleUntil(closing + 3_600_000)
host.clock.set(closing + 3_600_000)

async function serveNext(): Promise<void> {
  const ask = asks.shift()
  if (!ask) return
  await gateway.settleUntil(ask.request.at)
  await gateway.handle(ask)
}

const { calls } = gateway
const page = new Page(process.stdout.isTTY === true)
page.title('Portcullis: a Wednesday at an AI gateway, in UTC. The models and prices are real, the people are not.')
reportSetup(page, host)
reportAccess(page, host)
await reportDay(page, host, calls)
reportMistakes(page, host)
reportChanges(page, host, calls)
reportTrial(page, host, calls)
reportSpeed(page, host, calls)

const checks = await check(host, gateway)
await host.engine.close()
page.heading('7. Checks')
for (const [claim, isKept] of checks) page.say(`${isKept ? 'kept' : 'BROKEN'}: ${claim}`)
process.stdout.write(page.text)
process.exitCode = checks.every(([, isKept]) => isKept) ? 0 : 1
