import { auditLedger, recordWrites, type SentWrite } from '../../reference/ledger.ts'
import { expectLike, expectSame, expectTrue } from '../assert.ts'
import type { ConformanceCase } from '../case.ts'
import {
  casesOf,
  hour,
  type LedgerCases,
  type LedgerClaims,
  type LedgerFixture,
  type MakeLedger,
  team,
} from './ledger-fixture.ts'
import { aborts } from './operation/ledger-aborts.ts'
import { allowanceChanges, allowances } from './operation/ledger-allowances.ts'
import { basics } from './operation/ledger-basics.ts'
import { calls } from './operation/ledger-calls.ts'
import { debts, refunds } from './operation/ledger-conditions.ts'
import { dormantAllowances } from './operation/ledger-dormant.ts'
import { grants } from './operation/ledger-grants.ts'
import { levels } from './operation/ledger-levels.ts'
import { listing } from './operation/ledger-listing.ts'
import { paths } from './operation/ledger-paths.ts'
import { repeats } from './operation/ledger-repeats.ts'
import { statements } from './operation/ledger-statements.ts'
import { programCases } from './program/ledger-programs.ts'
import { reopenCases } from './program/ledger-reopen.ts'
import { historyCases } from './race/history-cases.ts'
import { levelRaces } from './race/ledger-level-races.ts'
import { drain, races } from './race/ledger-races.ts'
import { transferCases } from './transfer/ledger-transfer.ts'

/**
 * Returns conformance cases for every guarantee of `CreditLedger`, for any test runner. `make` creates a fresh ledger
 * for each case. `claims` must equal the capabilities that the ledger reports. The cases for a claimed capability fail
 * when `make` does not return the function they need, `crash` or `open`. `programRuns` is the number of random
 * programs, and also the number of random histories of each kind. Default: 100.
 */
export function creditLedgerConformance(
  make: MakeLedger,
  claims: LedgerClaims,
  { programRuns = 100 }: { readonly programRuns?: number } = {},
): readonly ConformanceCase[] {
  return [
    ...casesOf(make, 'operations', basics),
    ...casesOf(make, 'levels and caps', paths),
    ...casesOf(make, 'wallet levels', { ...levels, ...calls, ...levelRaces }),
    ...casesOf(make, 'grants', grants),
    ...casesOf(make, 'overdraft by tags', debts),
    ...casesOf(make, 'refunds', refunds),
    ...casesOf(make, 'allowances', allowances),
    ...casesOf(make, 'allowance changes', allowanceChanges),
    ...casesOf(make, 'dormant allowances', dormantAllowances),
    ...casesOf(make, 'retries', repeats),
    ...casesOf(make, 'races', races),
    ...programCases(make, programRuns),
    ...historyCases(make, claims, programRuns),
    ...casesOf(make, 'aborts', aborts),
    ...(claims.isDurable ? casesOf(make, 'crashes', crashes) : []),
    ...(claims.isDurable ? reopenCases(make, programRuns) : []),
    ...(claims.isShared ? casesOf(make, 'shared ledger', fleets) : []),
    ...casesOf(make, 'statements', statements),
    ...casesOf(make, 'lists', listing),
    ...transferCases(make, programRuns),
    ...casesOf(make, 'capabilities', { ...capabilityCases(claims), ...closeCases }),
  ]
}

/** The conformance cases for durability: acknowledged writes survive a crash. */
const crashes: LedgerCases = {
  'after a crash every acknowledged write is in the ledger and its retry is a replay': async (fixture) => {
    await fixture.grant(100n, { key: 'g' })
    const reserved = await fixture.reserve('h', 10n)
    const settled = await fixture.settle('h', 4n)
    await fixture.reserve('i', 20n)
    await fixture.reserve('j', 5n)
    await fixture.ledger.release({ hold: 'j' })
    await fixture.ledger.release({ hold: 'tombstone' })
    const statement = await fixture.statement()
    const wallet = await fixture.ledger.wallet(team)
    await crash(fixture)
    expectSame(await fixture.statement(), statement, 'statement')
    expectSame(await fixture.ledger.wallet(team), wallet, 'wallet')
    expectSame(await fixture.grant(100n, { key: 'g' }), { ok: true, replay: true })
    expectSame(await fixture.reserve('h', 10n), { ...reserved, replay: true })
    expectSame(await fixture.settle('h', 4n), { ...settled, replay: true })
    expectLike(await fixture.reserve('tombstone', 1n), { reason: 'hold_released' })
    await fixture.pass(hour)
    await fixture.expectAmounts({ granted: 100n, available: 96n, spent: 4n })
  },
  'with 64 callers at once, a write acknowledged just before the crash survives it': async (fixture) => {
    await fixture.grant(7_000n)
    const sent: SentWrite[] = []
    const ledger = recordWrites(fixture.ledger, sent)
    const calls = Array.from({ length: 64 }, async (_, i) => {
      const hold = `h${i}`
      await ledger.reserve({ hold, wallet: team, amount: 7n, ttl: hour })
      if (i % 2 === 0) await ledger.settle({ hold, amount: 9n })
    })
    await Promise.race(calls)
    const acknowledged = [...sent]
    await crash(fixture)
    // A write in flight at the crash may or may not have been applied, so only acknowledged writes are checked.
    await Promise.allSettled(calls)
    for (const { write, request } of acknowledged) {
      const state = await fixture.ledger.hold(request['hold'] as string)
      expectTrue(state !== undefined, `acknowledged hold ${request['hold']} is missing`)
      if (write === 'settle') expectLike(state, { state: 'settled', spent: 9n })
    }
  },
}

async function crash(fixture: LedgerFixture): Promise<void> {
  expectTrue(fixture.test.crash !== undefined, '`isDurable` is claimed, but the factory returns no `crash`')
  fixture.ledger = await fixture.test.crash()
}

/** The conformance cases for sharing: several processes use one ledger. */
const fleets: LedgerCases = {
  'four processes with 16 callers each admit exactly 1,000 holds on credit for 1,000': async (fixture) => {
    const { open } = fixture.test
    expectTrue(open !== undefined, '`isShared` is claimed, but the factory returns no `open`')
    const ledgers = [fixture.ledger, await open(), await open(), await open()]
    await fixture.grant(7_000n)
    expectSame(await drain(ledgers, team, 'a'), 1_000)
    for (const ledger of ledgers) expectLike(await ledger.balance(team), { available: 0n, reserved: 7_000n })
    expectSame(await auditLedger(fixture.ledger, [team], []), [], 'violations')
  },
}

/** Returns the conformance case that compares the reported capabilities of the ledger with the claimed ones. */
function capabilityCases(claims: LedgerClaims): LedgerCases {
  return {
    '`capabilities` equals the claims passed to the suite': async (fixture) => {
      expectLike(fixture.ledger.capabilities, claims)
      expectTrue(
        !claims.isDurable || fixture.test.crash !== undefined,
        '`isDurable` is claimed, but the factory returns no `crash`',
      )
      expectTrue(
        !claims.isShared || fixture.test.open !== undefined,
        '`isShared` is claimed, but the factory returns no `open`',
      )
    },
  }
}

const closeCases: LedgerCases = {
  'after `close` every call throws `ledger_closed` with outcome `not_applied`': async (fixture) => {
    await fixture.grant(10n)
    const ledger = fixture.ledger
    await ledger.close()
    const gone = { code: 'ledger_closed', outcome: 'not_applied' }
    const calls = [
      () => ledger.grant({ key: 'g', wallet: team, amount: 1n }),
      () => ledger.reserve({ hold: 'h', wallet: team, amount: 1n, ttl: hour }),
      () => ledger.settle({ hold: 'h', amount: 1n }),
      () => ledger.balance(team),
      () => ledger.verify(),
    ]
    for (const call of calls) {
      expectLike(
        await call().then(
          () => ({}),
          (error: unknown) => error as object,
        ),
        gone,
      )
    }
    fixture.ledger = { ...ledger, verify: async () => [] }
  },
}
