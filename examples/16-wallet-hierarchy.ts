// A user below a team below an organization: a call is held at every level or at none, and the level that refuses is named.

import type { LedgerWallet } from 'portcullis'
import { createMemoryClock, createMemoryCreditLedger } from 'portcullis/memory'

const ledger = createMemoryCreditLedger({ clock: createMemoryClock(Date.UTC(2026, 9, 20)) })
const organization: LedgerWallet = { type: 'organization', id: 'acme', incarnation: 1 }
const team: LedgerWallet = { type: 'team', id: 'research', incarnation: 1 }
const user: LedgerWallet = { type: 'user', id: 'ann', incarnation: 1 }

// The organization is billed later, up to a credit line; the team has credits; the user has a budget for each day.
const line = { amount: 1_000n, period: { every: 'month', timeZone: 'UTC' } } as const
const budget = { amount: 50n, period: { every: 'day', timeZone: 'America/New_York' }, softLimits: [40n] } as const
await ledger.putWallet({ key: 'w1', wallet: organization, funding: 'postpaid', cap: line })
await ledger.putWallet({ key: 'w2', wallet: team, funding: 'own', parent: organization })
await ledger.putWallet({ key: 'w3', wallet: user, funding: 'parent', parent: team, cap: budget })
await ledger.grant({ key: 'g1', wallet: team, amount: 80n })

async function show() {
  for (const wallet of [user, team, organization]) {
    const { available, drawn, reserved, spent } = await ledger.balance(wallet)
    console.log(`  ${wallet.type}: available ${available}, drawn ${drawn}, reserved ${reserved}, spent ${spent}`)
  }
}

async function call(hold: string, amount: bigint) {
  const reserved = await ledger.reserve({ hold, wallet: user, amount, ttl: 60_000 })
  if (reserved.ok) return console.log(`${hold}: held ${reserved.amount}`)
  const why = 'wallet' in reserved ? `${reserved.reason} at the ${reserved.wallet.type}` : reserved.reason
  const when = 'resetsAt' in reserved ? `, again at ${new Date(reserved.resetsAt ?? 0).toISOString()}` : ''
  console.log(`${hold}: ${why}${when}`)
}

await call('call 1', 45n)
await show()
const settled = await ledger.settle({ hold: 'call 1', amount: 42n })
const crossed = settled.ok ? settled.crossed : []
for (const { wallet, softLimit } of crossed) console.log(`the ${wallet.type} has reached ${softLimit}`)
await call('call 2', 20n)
await ledger.putWallet({ key: 'w4', wallet: user, funding: 'parent', parent: team })
await call('call 3', 60n)
await call('call 4', 38n)
await show()
