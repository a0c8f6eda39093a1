// A journal that is checkpointed under load. Opening reads the last checkpoint and the writes after it; the statement and
// a refund of an old entry read the archive.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { credit, formatCredit } from 'portcullis'
import { openFolderJournal } from 'portcullis/folder'
import { createMemoryClock, type JournalNotice, openMemoryCreditLedger } from 'portcullis/memory'

const folder = mkdtempSync(`${tmpdir()}/ledger-`)
const wallet = { type: 'team', id: 'dev', incarnation: 1 } as const
const clock = createMemoryClock(Date.parse('2026-01-05T09:00:00Z'))
const notices: JournalNotice[] = []
const open = async () =>
  await openMemoryCreditLedger({
    journal: await openFolderJournal(folder),
    clock,
    idRetention: 3_600_000,
    checkpointSize: 15_000,
    onNotice: (notice) => notices.push(notice),
  })

const ledger = await open()
await ledger.grant({ key: 'invoice 4711', wallet, amount: credit('100') })
const caller = async (name: string) => {
  for (let i = 0; i < 100; i += 1) {
    clock.advance(10_000)
    const held = await ledger.reserve({ hold: `${name} ${i}`, wallet, amount: credit('0.02'), ttl: 60_000 })
    if (held.ok) await ledger.settle({ hold: `${name} ${i}`, amount: credit('0.01') })
  }
}
await Promise.all(['a', 'b', 'c', 'd'].map(caller))
await ledger.close()
const failures = notices.filter(({ type }) => type === 'checkpoint_failed')
console.log(`checkpoints: ${notices.length > 2 ? 'several' : 'too few'}, failed: ${failures.length}`)
const kinds = readdirSync(folder).map((name) => name.replace(/-.*/, ''))
console.log(`files: ${[...new Set(kinds)].sort().join(', ')}`)

const again = await open()
const { spent, sequence } = await again.balance(wallet)
console.log(`after reopening: ${formatCredit(spent)} spent in ${sequence} entries`)
let entries = 0
let oldest = 0
for await (const entry of again.statement(wallet)) {
  entries += 1
  if (entry.to === 'spent' && oldest === 0) oldest = entry.sequence
}
console.log(`the statement has ${entries} entries`)
const refund = { key: 'refund 1', entry: { wallet, sequence: oldest }, amount: credit('0.01') }
for (const attempt of ['first', 'second']) {
  const refunded = await again.refund(refund)
  console.log(`${attempt} refund: ${refunded.ok ? `replay ${refunded.replay}` : refunded.reason}`)
}
console.log(`violations: ${(await again.verify()).length}`)
await again.close()
rmSync(folder, { recursive: true })
