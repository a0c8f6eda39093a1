// An allowance for each month in the customer's time zone, and a top-up that is used only after it.

import type { WalletLevel } from 'portcullis'
import { createMemoryClock, createMemoryCreditLedger } from 'portcullis/memory'

const clock = createMemoryClock(Date.parse('2026-10-20T12:00:00Z'))
const ledger = createMemoryCreditLedger({ clock })
const wallet: WalletLevel = { type: 'team', id: 'berlin', incarnation: 1 }

await ledger.putWallet({ key: 'open', wallet, funding: 'own' })
await ledger.putAllowance({
  key: 'plan',
  wallet,
  allowance: 'plan',
  amount: 100n,
  period: { every: 'month', timeZone: 'Europe/Berlin' },
  priority: 10,
  rollover: 20n,
})
await ledger.grant({ key: 'top-up', wallet, amount: 50n })

async function show() {
  const state = await ledger.wallet(wallet)
  const grants = state?.grants.map(({ grant, available }) => `${grant} ${available}`)
  console.log(`${new Date(clock.now()).toISOString()}: ${grants?.join(', ')}`)
}

await show()
await ledger.charge({ hold: 'batch', wallet, amount: 70n })
await show()

// A refused reservation reports when the allowance resets.
const refused = await ledger.reserve({ hold: 'large', wallet, amount: 90n, ttl: 60_000 })
if (!refused.ok && 'resetsAt' in refused)
  console.log(`${refused.reason}: ${refused.retry} ${new Date(refused.resetsAt ?? 0).toISOString()}`)

// The month starts at midnight in Berlin, after the clocks were set back. No scheduled job is needed.
clock.set(Date.parse('2026-10-31T22:59:59.999Z'))
await show()
clock.advance(1)
await show()
