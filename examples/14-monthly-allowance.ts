// A plan that brings credits for each month in the customer's time zone, and a top-up that is used only after them.

import { apply, type Command, credit, emptyState, formatCredit, type State, type WalletLevel } from 'portcullis'
import { createMemoryClock, createMemoryCreditLedger } from 'portcullis/memory'

const clock = createMemoryClock(Date.parse('2026-10-20T12:00:00Z'))
const ledger = createMemoryCreditLedger({ clock })
let state: State = emptyState

async function run(command: Command): Promise<void> {
  const applied = apply(command, state)
  if (!applied.ok) throw new Error(applied.rejection.message)
  for (const [i, event] of applied.events.entries()) {
    if (event.type !== 'AllowanceSet') continue
    // The version of the event is the idempotency key, so a retry sets the allowance once.
    const key = `event ${state.version + 1 + i}`
    const { wallet, allowance, period } = event
    await ledger.putWallet({ key: `open ${key}`, wallet, funding: 'own' })
    const amount = credit(event.amount)
    await ledger.putAllowance({ key, wallet, allowance, amount, period, priority: 10, rollover: credit('20') })
  }
  state = applied.state
}

const heading = { actor: { type: 'system' }, at: clock.now() } as const
const period = { every: 'month', timeZone: 'Europe/Berlin' } as const
await run({ ...heading, type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } })
await run({ ...heading, type: 'CreatePlan', plan: 'pro', accessGroups: [], credits: { amount: '100', period } })
await run({ ...heading, type: 'CreateTeam', organization: 'acme', team: 'berlin', plan: 'pro' })

const wallet: WalletLevel = { type: 'team', id: 'berlin', incarnation: 3 }
await ledger.grant({ key: 'top-up', wallet, amount: credit('50') })

async function show() {
  const known = await ledger.wallet(wallet)
  const grants = known?.grants.map(({ grant, available }) => `${grant} ${formatCredit(available)}`)
  console.log(`${new Date(clock.now()).toISOString()}: ${grants?.join(', ')}`)
}

await show()
await ledger.charge({ hold: 'batch', wallet, amount: credit('70') })
await show()

// A refused reservation reports when the allowance resets.
const refused = await ledger.reserve({ hold: 'large', wallet, amount: credit('90'), ttl: 60_000 })
if (!refused.ok && 'resetsAt' in refused)
  console.log(`${refused.reason}: ${refused.retry} ${new Date(refused.resetsAt ?? 0).toISOString()}`)

// The month starts at midnight in Berlin, after the clocks were set back. No scheduled job is needed.
clock.set(Date.parse('2026-10-31T22:59:59.999Z'))
await show()
clock.advance(1)
await show()
