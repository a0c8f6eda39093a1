// A call that cost more than its hold. The provider has billed it already, so it is booked, and the wallet may owe overdraft.

import type { WalletLevel } from 'portcullis'
import { createMemoryCreditLedger } from 'portcullis/memory'

const ledger = createMemoryCreditLedger()
const wallet: WalletLevel = { type: 'virtualAccount', id: 'chatbot', incarnation: 1 }

await ledger.putWallet({ key: 'open', wallet, funding: 'own', overdraftLimit: 20n })
await ledger.grant({ key: 'first', wallet, amount: 100n })

await ledger.reserve({ hold: 'call 1', wallet, amount: 80n, ttl: 60_000 })
const settled = await ledger.settle({ hold: 'call 1', amount: 130n })
for (const level of settled.ok ? settled.levels : []) {
  const { fromReserved, fromAvailable, fromOverdraft, fromWrittenOff } = level
  console.log(`held ${fromReserved}, available ${fromAvailable}, owed ${fromOverdraft}, written off ${fromWrittenOff}`)
}

// While the wallet owes overdraft, reservations are refused. The next grant repays it first.
const refused = await ledger.reserve({ hold: 'call 2', wallet, amount: 1n, ttl: 60_000 })
console.log(refused.ok ? 'admitted' : refused.reason)
await ledger.grant({ key: 'second', wallet, amount: 50n })
const { available, overdraft } = await ledger.balance(wallet)
console.log(`available ${available}, overdraft ${overdraft}`)

// A gateway that limits the response to the held amount can refuse overruns with `overrun: 'reject'`.
await ledger.reserve({ hold: 'call 3', wallet, amount: 60n, minAmount: 10n, ttl: 60_000 })
const held = await ledger.hold('call 3')
console.log(`asked for 60, held ${held?.amount}`)
const exceeded = await ledger.settle({ hold: 'call 3', amount: 40n, overrun: 'reject' })
console.log(exceeded.ok ? 'settled' : exceeded.reason)
