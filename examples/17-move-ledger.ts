// Moves a ledger: exports it to a backup and imports that into another ledger, where work continues.

import type { WalletLevel } from 'portcullis'
import { createMemoryClock, createMemoryCreditLedger } from 'portcullis/memory'

const clock = createMemoryClock(Date.UTC(2026, 9, 1))
const first = createMemoryCreditLedger({ clock })
const team: WalletLevel = { type: 'team', id: 'acme-prod', incarnation: 1 }
await first.grant({ key: 'invoice 4711', wallet: team, amount: 100n })
await first.reserve({ hold: 'call 1', wallet: team, amount: 30n, ttl: 60_000 })

// An export is one JSON string for each record, for example the lines of a file.
const backup: string[] = []
for await (const text of first.export()) backup.push(text)
for (const text of backup) console.log((JSON.parse(text) as { record: string }).record)

// Any empty ledger accepts it, for example one of `createPostgresCreditLedger`.
const second = createMemoryCreditLedger({ clock })
const cut = await second.import(backup.slice(0, -1))
console.log(cut.ok ? 'imported' : 'message' in cut ? `record ${cut.record}: ${cut.message}` : cut.reason)
const whole = await second.import(backup)
console.log(whole.ok ? `imported ${whole.records} records` : whole.reason)

// The open hold can be settled in the new ledger, and retries of earlier writes are replays there.
const settled = await second.settle({ hold: 'call 1', amount: 12n })
console.log(`settled: ${settled.ok}`)
const repeated = await second.grant({ key: 'invoice 4711', wallet: team, amount: 100n })
console.log(`granted again: ${repeated.ok ? `replay ${repeated.replay}` : repeated.reason}`)
const { available, reserved, spent } = await second.balance(team)
console.log(`available ${available}, reserved ${reserved}, spent ${spent}`)
