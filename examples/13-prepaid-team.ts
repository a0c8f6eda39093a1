// A prepaid team: credits are held before each call and settled at its actual cost, so the team cannot overspend.

import { credit, formatCredit, type WalletLevel } from 'portcullis'
import { createMemoryClock, createMemoryCreditLedger } from 'portcullis/memory'

const clock = createMemoryClock(Date.UTC(2026, 9, 1))
const ledger = createMemoryCreditLedger({ clock })
const wallet: WalletLevel = { type: 'team', id: 'acme-prod', incarnation: 1 }

await ledger.grant({ key: 'invoice 4711', wallet, amount: credit('1.5') })

async function show(what: string) {
  const { available, reserved, spent } = await ledger.balance(wallet)
  console.log(
    `${what}: available ${formatCredit(available)}, reserved ${formatCredit(reserved)}, spent ${formatCredit(spent)}`,
  )
}

// Three concurrent calls of up to one credit each. One fits, and the others get advice on when to retry.
const calls = await Promise.all(
  ['call 1', 'call 2', 'call 3'].map((hold) => ledger.reserve({ hold, wallet, amount: credit('1'), ttl: 300_000 })),
)
for (const call of calls)
  console.log(call.ok ? 'admitted' : 'retry' in call ? `${call.reason}, ${call.retry}` : call.reason)
await show('in flight')

// The call cost less. The settle is sent twice, as after a lost response, and booked once.
for (const attempt of [1, 2]) {
  const settled = await ledger.settle({ hold: 'call 1', amount: credit('0.000125') })
  console.log(`attempt ${attempt}: ${settled.ok ? `done, replay ${settled.replay}` : settled.reason}`)
}
await show('settled')

// When a gateway dies, its hold lapses by itself after the `ttl`.
await ledger.reserve({ hold: 'call 4', wallet, amount: credit('1'), ttl: 300_000 })
clock.advance(300_000)
await show('lapsed')

for await (const { sequence, type, from, to, amount } of ledger.statement(wallet)) {
  console.log(`${sequence}. ${type}: ${formatCredit(amount)} from ${from} to ${to}`)
}
