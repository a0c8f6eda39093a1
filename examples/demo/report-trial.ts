import { moments } from './agenda.ts'
import { timeOf } from './day.ts'
import type { Call } from './gateway.ts'
import type { Host } from './host.ts'
import type { Page } from './page.ts'
import { decisionOf } from './report-access.ts'

/** Reports the temporary grant, which starts and ends by itself. */
export function reportTrial(page: Page, host: Host, calls: readonly Call[]): void {
  const { grant, trialStart, trialEnd } = moments
  const instants = [grant - 1, grant, trialStart, trialEnd - 1, trialEnd]
  page.heading('5. A temporary grant that ended by itself')
  page.say(
    `${timeOf(grant)}: alice gives acme-dev experimental-models from ${timeOf(trialStart)} to ${timeOf(trialEnd)}. May it use gpt-5?`,
  )
  page.table(
    ['time', 'decision', 'until', ' version'],
    instants.map((at) => {
      const decision = decisionOf({ type: 'team', id: 'acme-dev' }, 'gpt-5', at, host)
      const version = String(decision.version)
      if (decision.effect === 'deny') return [timeOf(at), `deny: ${decision.reason}`, '', version]
      return [timeOf(at), 'allow', decision.until === undefined ? 'always' : timeOf(decision.until), version]
    }),
  )
  const asked = calls.filter(({ ask: { home, request } }) => home === 'acme-dev' && request.model === 'gpt-5')
  const allowed = asked.filter(({ decision }) => decision.effect === 'allow')
  const takenBack = host.answered
    .flatMap(({ executed }) => (executed.ok ? executed.events : []))
    .filter((event) => {
      if (event.type === 'AccessGroupsSet') return event.removed.includes('experimental-models')
      return event.type === 'AccessGroupUnassigned' && event.accessGroup === 'experimental-models'
    })
  page.say(
    `${asked.length} requests, of which ${allowed.length} were allowed, from ${secondOf(allowed[0])} to ${secondOf(allowed.at(-1))}. ` +
      `Events that removed the group: ${takenBack.length}.`,
  )
}

/** Formats the time of a call, to the second. */
function secondOf(call: Call | undefined): string {
  return call ? timeOf(call.ask.request.at).slice(0, 8) : 'never'
}
