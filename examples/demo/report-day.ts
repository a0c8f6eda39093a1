import type { Call } from './gateway.ts'
import type { Host } from './host.ts'
import { count, type Page } from './page.ts'
import { answerCaller, describeDecision, formatCredit } from './portcullis.ts'

/** How the day went for each team: what it asked for, what it got, what that cost. */
export async function reportTeams(page: Page, host: Host, calls: readonly Call[]): Promise<void> {
  const homes = [...new Set(calls.map(({ ask }) => ask.home))]
  const rows: string[][] = []
  for (const home of homes) {
    const own = calls.filter(({ ask }) => ask.home === home)
    const refused = own.filter(isRefused).length
    const wallet = host.allocated.find((allocation) => allocation.wallet.id === home)?.wallet
    const balance = wallet && (await host.ledger.balance(wallet))
    const amounts = balance ? [balance.granted, balance.spent, balance.available].map(rounded) : ['', '', '']
    rows.push([home, count(own.length), count(own.length - refused), count(refused), ...amounts])
  }
  page.table(['', ' asked', ' allowed', ' refused', ' granted', ' spent', ' left'], rows)
}

/** Credits to two decimals, which are enough to look at. */
function rounded(units: bigint): string {
  const [whole = '', fraction = ''] = formatCredit(units).split('.')
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${fraction.padEnd(2, '0').slice(0, 2)}`
}

export function isRefused({ outcome }: Call): boolean {
  return outcome === 'refused' || outcome === 'unpriced'
}

/** What an operator reads about a refused call: the library's words, or the gateway's where only the price was missing. */
export function operatorText({ decision, ask }: Call): string {
  if (decision.effect === 'deny') return describeDecision(decision)
  return `price_unknown: the catalogue has no price for \`${ask.request.model}\`, and no price is not zero`
}

/** What its caller is told. */
export function callerText({ decision }: Call): string {
  const answer = answerCaller(decision)
  return answer.effect === 'deny' ? answer.message : 'the model has no price here; use another one'
}

/** What was refused and why: by what callers are told, since several reasons must look the same to them. */
export function reportRefusals(page: Page, calls: readonly Call[]): void {
  const refused = calls.filter(isRefused)
  page.say(
    `${count(refused.length)} requests were refused. For each answer that callers get, the reasons that operators see:`,
  )
  for (const [answer, some] of grouped(refused, callerText)) {
    page.say(`"${answer}"`, 4, 6)
    for (const [, alike] of grouped(some, ({ decision }) =>
      decision.effect === 'deny' ? decision.reason : 'unpriced',
    )) {
      const [example] = alike
      if (example) page.say(`${String(alike.length).padStart(9)}  ${operatorText(example)}`, 0, 11)
    }
  }
}

/** The items under each key, those with the most first. */
function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): [string, Item[]][] {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return [...groups].sort(([, a], [, b]) => b.length - a.length)
}
