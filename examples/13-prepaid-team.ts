// A team that pays in advance: credits are held before a call and settled at its true cost, so that nobody spends what is not there.

import { credit, formatCredit, type LedgerWallet } from 'portcullis'
import { createMemoryClock, createMemoryCreditLedger } from 'portcullis/memory'

const clock = createMemoryClock(Date.UTC(2026, 9, 1))
const ledger = createMemoryCreditLedger({ clock })
const wallet: LedgerWallet = { type: 'team', id: 'acme-prod', incarnation: 1 }

await ledger.grant({ key: 'invoice 4711', wallet, amount: credit('1.5') })

async function show(what: string) {
  const { available, reserved, spent } = await ledger.balance(wallet)
  console.log(
    `${what}: available ${formatCredit(available)}, reserved ${formatCredit(reserved)}, spent ${formatCredit(spent)}`,
  )
}

// Three calls at once, each of which may cost up to one credit: one fits, and the others are told what to wait for.
const calls = await Promise.all(
  ['call 1', 'call 2', 'call 3'].map((hold) => ledger.reserve({ hold, wallet, amount: credit('1'), ttl: 300_000 })),
)
for (const call of calls)
  console.log(call.ok ? 'admitted' : 'retry' in call ? `${call.reason}, ${call.retry}` : call.reason)
await show('under way')

// It has cost less. Sent twice, because the first answer was lost, it is booked once.
for (const attempt of [1, 2]) {
  const settled = await ledger.settle({ hold: 'call 1', amount: credit('0.000125') })
  console.log(`attempt ${attempt}: ${settled.ok ? `done, replay ${settled.replay}` : settled.reason}`)
}
await show('settled')

// A gateway that dies leaves a hold behind, which lapses by itself.
await ledger.reserve({ hold: 'call 4', wallet, amount: credit('1'), ttl: 300_000 })
clock.advance(300_000)
await show('lapsed')

for await (const { sequence, type, from, to, amount } of ledger.statement(wallet)) {
  console.log(`${sequence}. ${type}: ${formatCredit(amount)} from ${from} to ${to}`)
}
