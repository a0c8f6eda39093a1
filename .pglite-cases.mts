import { createPostgresCreditLedger, fromPglite, migrate } from '/work/wt-ledger-lists/src/adapter/postgres/index.ts'
import { creditLedgerConformance } from '/work/wt-ledger-lists/src/testing/conformance/credit-ledger.ts'
import { PGlite } from '@electric-sql/pglite'
const db = await PGlite.create()
let n = 0
const make = async ({ at, idRetention }) => { const schema = `s${n++}`; const client = fromPglite(db); await migrate(client, { schema }); let now = at; const ledger = createPostgresCreditLedger({ client, schema, clock: { now: () => now }, idRetention }); return { ledger, pass: (ms) => { now += ms }, close: () => ledger.close() } }
const wanted = new RegExp(process.argv[2] ?? '.')
let passed = 0
for (const { name, run } of creditLedgerConformance(make, { isDurable: false, isShared: false }, { programRuns: 3 })) if (wanted.test(name)) await run().then(() => { passed += 1 }, (e) => console.log('FAIL', name, e.message.slice(0, 600)))
console.log('passed', passed)
process.exit(0)
