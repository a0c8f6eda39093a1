import { authorize, toSnapshot } from 'portcullis'
import type { Call } from './gateway.ts'
import type { Host } from './host.ts'
import { count, type Page } from './page.ts'

/** Reports the times of decisions and commands, and the size of the state. */
export function reportSpeed(page: Page, { state, answered }: Host, calls: readonly Call[]): void {
  const { users, teams, credentials, providerAccounts, version } = toSnapshot(state)
  const models = providerAccounts.reduce((sum, account) => sum + account.models.length, 0)
  page.heading('6. Times')
  page.say(
    `${count(calls.length)} decisions, including the first: ${spread(calls.map((call) => call.microseconds))}. ` +
      `The same decisions repeated in a loop: ${spread(calls.map(timeAgain))}. ` +
      `${answered.length} commands, with their commits: ${spread(answered.map((one) => one.microseconds))}.`,
  )
  page.say(
    'These are the times of the TypeScript source under tsx; `npm run bench` measures the built package, which is faster.',
  )
  page.say(
    `State at the end: version ${version}; ${users.length} users, ${teams.length} teams, ${credentials.length} ` +
      `credentials, ${providerAccounts.length} provider accounts, ${models} models.`,
  )
}

function timeAgain({ ask: { request }, state }: Call): number {
  const started = performance.now()
  authorize(request, state)
  return (performance.now() - started) * 1000
}

function spread(microseconds: readonly number[]): string {
  const sorted = microseconds.toSorted((a, b) => a - b)
  const at = (share: number) => {
    const found = sorted[Math.floor(share * sorted.length)] ?? 0
    return found < 100 ? found.toFixed(1) : count(found)
  }
  return `median ${at(0.5)} µs, p99 ${at(0.99)} µs`
}
