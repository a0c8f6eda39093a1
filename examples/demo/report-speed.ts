import type { Call } from './gateway.ts'
import type { Host } from './host.ts'
import { count, type Page } from './page.ts'
import { toSnapshot } from './portcullis.ts'

/** How long decisions and commands took, and of what state. */
export function reportSpeed(page: Page, { state, answered }: Host, calls: readonly Call[]): void {
  const { users, teams, credentials, providerAccounts, version } = toSnapshot(state)
  const models = providerAccounts.reduce((sum, account) => sum + account.models.length, 0)
  page.heading('6. How long it took')
  page.say(
    `${count(calls.length)} decisions: ${spread(calls.map((call) => call.microseconds))}. ` +
      `${answered.length} commands: ${spread(answered.map((one) => one.microseconds))}.`,
  )
  page.say(
    'Measured one by one as they came, the first ones and the first use of everything included, from the source as tsx ' +
      'runs it; `npm run bench` measures what is shipped.',
  )
  page.say(
    `The state at the end: version ${version}; ${users.length} users, ${teams.length} teams, ${credentials.length} ` +
      `credentials, ${providerAccounts.length} provider accounts, ${models} models.`,
  )
}

function spread(microseconds: readonly number[]): string {
  const sorted = microseconds.toSorted((a, b) => a - b)
  const at = (share: number) => (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(1)
  return `median ${at(0.5)} µs, p99 ${at(0.99)} µs`
}
