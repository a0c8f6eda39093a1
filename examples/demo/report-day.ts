import { formatCredit } from 'portcullis'
import type { Call } from './gateway.ts'
import type { Host } from './host.ts'
import { count, type Page } from './page.ts'
import { callerText, isRefused, operatorText, reasonOf } from './refusal.ts'

/** Reports the requests, refusals and costs of each team, and the refusals by message and reason. */
export async function reportDay(page: Page, host: Host, calls: readonly Call[]): Promise<void> {
  page.heading(`3. The working day: ${count(calls.length)} requests, at catalogue prices; one credit is one US dollar`)
  await reportTeams(page, host, calls)
  reportOutcomes(page, calls)
  reportRefusals(page, calls.filter(isRefused))
}

async function reportTeams(page: Page, host: Host, calls: readonly Call[]): Promise<void> {
  const rows: string[][] = []
  for (const [home, own] of grouped(calls, ({ ask }) => ask.home)) {
    const refused = own.filter(isRefused).length
    const wallet = host.allocated.find((allocation) => allocation.wallet.id === home)?.wallet
    const balance = wallet && (await host.ledger.balance(wallet))
    const amounts = balance ? [balance.granted, balance.spent, balance.available].map(rounded) : []
    rows.push([home, count(own.length), count(own.length - refused), count(refused), ...amounts])
  }
  page.table(['', ' requests', ' allowed', ' refused', ' credits', ' spent', ' left'], rows)
}

/** Formats credits, rounded to cents. */
function rounded(units: bigint): string {
  const cents = (units + 5_000_000n) / 10_000_000n
  const [whole = '', fraction = ''] = formatCredit(cents * 10_000_000n).split('.')
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${fraction.padEnd(2, '0')}`
}

function reportOutcomes(page: Page, calls: readonly Call[]): void {
  const served = calls.flatMap(({ outcome }) => (typeof outcome === 'object' ? [outcome.served] : []))
  const having = (outcome: Call['outcome']) => calls.filter((call) => call.outcome === outcome).length
  page.say(
    `${count(served.length)} calls were served and settled, ${count(served.filter((place) => place > 0).length)} of them by ` +
      `another route of the same decision; ${having('failed')} failed on every route and were released; ` +
      `${having('lost')} were lost when the gateway died, and their holds lapsed.`,
  )
}

/** Reports the refusals, grouped by the message for the caller. Several reasons intentionally have the same message. */
function reportRefusals(page: Page, refused: readonly Call[]): void {
  page.say(
    `${count(refused.length)} were refused. Each message for callers is followed by one example of the message for operators.`,
  )
  for (const [answer, alike] of grouped(refused, callerText)) {
    page.say(`"${answer}"`, 2, 4)
    for (const [, [example, ...others]] of grouped(alike, reasonOf)) {
      if (example) page.say(`${String(1 + others.length).padStart(7)}  ${operatorText(example)}`, 0, 9)
    }
  }
}

/** Groups items by key. The largest group comes first. */
function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): [string, Item[]][] {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return [...groups].sort(([, a], [, b]) => b.length - a.length)
}
