// A key of a team's member below an organization. A hold is made at every level or at none, and a refusal names its level.

import type { WalletLevel } from 'portcullis'
import { createMemoryClock, createMemoryCreditLedger } from 'portcullis/memory'

const ledger = createMemoryCreditLedger({ clock: createMemoryClock(Date.UTC(2026, 9, 20)) })
const organization: WalletLevel = { type: 'organization', id: 'acme', incarnation: 1 }
const team: WalletLevel = { type: 'team', id: 'research', incarnation: 1 }
const member: WalletLevel = { type: 'member', team: 'research', user: 'ann', incarnation: 1 }
const key: WalletLevel = { type: 'credential', id: 'key-1', incarnation: 1 }

// The organization is postpaid up to a monthly cap, the team has credits, and its member has a daily cap. The key has no wallet.
const line = { amount: 1_000n, period: { every: 'month', timeZone: 'UTC' } } as const
const budget = { amount: 50n, period: { every: 'day', timeZone: 'America/New_York' }, softLimits: [40n] } as const
await ledger.putWallet({ key: 'w1', wallet: organization, funding: 'postpaid', cap: line })
await ledger.putWallet({ key: 'w2', wallet: team, funding: 'own', parent: organization })
await ledger.putWallet({ key: 'w3', wallet: member, funding: 'parent', cap: budget })
await ledger.grant({ key: 'g1', wallet: team, amount: 80n })

async function show() {
  for (const wallet of [member, team, organization]) {
    const { available, drawn, reserved, spent } = await ledger.balance(wallet)
    console.log(`  ${wallet.type}: available ${available}, drawn ${drawn}, reserved ${reserved}, spent ${spent}`)
  }
}

async function call(hold: string, amount: bigint) {
  const reserved = await ledger.reserve({ hold, path: [key, member, team, organization], amount, ttl: 60_000 })
  if (reserved.ok) return console.log(`${hold}: held ${reserved.amount}`)
  const why = 'wallet' in reserved ? `${reserved.reason} at the ${reserved.wallet.type}` : reserved.reason
  const when = 'resetsAt' in reserved ? `, resets at ${new Date(reserved.resetsAt ?? 0).toISOString()}` : ''
  console.log(`${hold}: ${why}${when}`)
}

await call('call 1', 45n)
await show()
const settled = await ledger.settle({ hold: 'call 1', amount: 42n })
const reached = settled.ok ? settled.softLimitsReached : []
for (const { wallet, softLimit } of reached) console.log(`the ${wallet.type} has reached the soft limit ${softLimit}`)
await call('call 2', 20n)
await ledger.putWallet({ key: 'w4', wallet: member, funding: 'parent' })
await call('call 3', 60n)
await call('call 4', 38n)
await show()

// The statement of the team shows who spent what.
for await (const { type, amount, call } of ledger.statement(team)) {
  if (call !== undefined) console.log(`${type} ${amount} by ${call.path.map((level) => level.type).join(', ')}`)
}
