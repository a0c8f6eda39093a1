import { auditLedger, noteWrites, type SentWrite } from '../reference/ledger.ts'
import { expectLike, expectSame, expectTrue } from './assert.ts'
import { aborts } from './ledger-aborts.ts'
import { basics } from './ledger-basics.ts'
import {
  type ConformanceCase,
  casesOf,
  hour,
  type LedgerClaims,
  type LedgerFixture,
  type MakeLedger,
  team,
} from './ledger-fixture.ts'
import { allowances, grants } from './ledger-grants.ts'
import { historyCases } from './ledger-histories.ts'
import { paths } from './ledger-paths.ts'
import { programCases } from './ledger-programs.ts'
import { drain, races } from './ledger-races.ts'
import { repeats } from './ledger-repeats.ts'
import { statements } from './ledger-statements.ts'
import { transferCases } from './ledger-transfer.ts'

/**
 * The promises of `CreditLedger`, as cases for any test runner. The factory makes a ledger of its own for each case. A
 * claimed capability is tested, and fails where the factory has no way to test it; one that is not claimed must not be
 * claimed by the ledger either. `programRuns` is how many random programs, and how many histories of each kind, chapter E tries.
 */
export function creditLedgerConformance(
  make: MakeLedger,
  claims: LedgerClaims,
  { programRuns = 100 }: { readonly programRuns?: number } = {},
): readonly ConformanceCase[] {
  return [
    ...casesOf(make, 'A', basics),
    ...casesOf(make, 'A', paths),
    ...casesOf(make, 'B', grants),
    ...casesOf(make, 'B', allowances),
    ...casesOf(make, 'C', repeats),
    ...casesOf(make, 'D', races),
    ...programCases(make, programRuns),
    ...historyCases(make, claims, programRuns),
    ...casesOf(make, 'F', aborts),
    ...(claims.isDurable ? casesOf(make, 'F', crashes) : []),
    ...(claims.isShared ? casesOf(make, 'G', fleets) : []),
    ...casesOf(make, 'H', statements),
    ...transferCases(make, programRuns),
    ...casesOf(make, 'I', { ...honesty(claims), ...endings }),
  ]
}

/** Chapter F: what was answered survives. */
const crashes: Readonly<Record<string, (scene: LedgerFixture) => Promise<void>>> = {
  'everything that was answered is there after a crash, and every id is known': async (scene) => {
    await scene.grant(100n, { key: 'g' })
    const reserved = await scene.reserve('h', 10n)
    const settled = await scene.settle('h', 4n)
    await scene.reserve('i', 20n)
    await scene.reserve('j', 5n)
    await scene.ledger.release({ hold: 'j' })
    await scene.ledger.release({ hold: 'tombstone' })
    const statement = await scene.statement()
    const wallet = await scene.ledger.wallet(team)
    await crash(scene)
    expectSame(await scene.statement(), statement, 'statement')
    expectSame(await scene.ledger.wallet(team), wallet, 'wallet')
    expectSame(await scene.grant(100n, { key: 'g' }), { ok: true, replay: true })
    expectSame(await scene.reserve('h', 10n), { ...reserved, replay: true })
    expectSame(await scene.settle('h', 4n), { ...settled, replay: true })
    expectLike(await scene.reserve('tombstone', 1n), { reason: 'hold_released' })
    await scene.pass(hour)
    await scene.expectAmounts({ granted: 100n, available: 96n, spent: 4n })
  },
  'of 64 callers at once, each answer survives the crash right after it': async (scene) => {
    await scene.grant(7_000n)
    const notes: SentWrite[] = []
    const ledger = noteWrites(scene.ledger, notes)
    const calls = Array.from({ length: 64 }, async (_, i) => {
      const hold = `h${i}`
      await ledger.reserve({ hold, wallet: team, amount: 7n, ttl: hour })
      if (i % 2 === 0) await ledger.settle({ hold, amount: 9n })
    })
    await Promise.race(calls)
    const acknowledged = [...notes]
    await crash(scene)
    // What was under way when it crashed may be there or not, so only what was answered is looked for.
    await Promise.allSettled(calls)
    for (const { write, request } of acknowledged) {
      const state = await scene.ledger.hold(request['hold'] as string)
      expectTrue(state !== undefined, 'a hold that was made is there')
      if (write === 'settle') expectLike(state, { state: 'settled', spent: 9n })
    }
  },
}

async function crash(scene: LedgerFixture): Promise<void> {
  expectTrue(scene.test.crash !== undefined, 'durability is claimed, so the factory can crash the ledger')
  scene.ledger = await scene.test.crash()
}

/** Chapter G: several at one ledger. */
const fleets: Readonly<Record<string, (scene: LedgerFixture) => Promise<void>>> = {
  'four processes with 16 callers each admit exactly what there is': async (scene) => {
    const { open } = scene.test
    expectTrue(open !== undefined, 'sharing is claimed, so the factory can open the ledger again')
    const ledgers = [scene.ledger, await open(), await open(), await open()]
    await scene.grant(7_000n)
    expectSame(await drain(ledgers, team, 'a'), 1_000)
    for (const ledger of ledgers) expectLike(await ledger.balance(team), { available: 0n, reserved: 7_000n })
    expectSame(await auditLedger(scene.ledger, [team], []), [], 'violations')
  },
}

/** Chapter I: a ledger is what it says. */
function honesty(claims: LedgerClaims): Readonly<Record<string, (scene: LedgerFixture) => Promise<void>>> {
  return {
    'it claims what the suite was told': async (scene) => {
      expectLike(scene.ledger.capabilities, claims)
      expectTrue(!claims.isDurable || scene.test.crash !== undefined, 'a durable ledger can be crashed')
      expectTrue(!claims.isShared || scene.test.open !== undefined, 'a shared ledger can be opened again')
    },
  }
}

const endings: Readonly<Record<string, (scene: LedgerFixture) => Promise<void>>> = {
  'closed, it says so, and that nothing was written': async (scene) => {
    await scene.grant(10n)
    const ledger = scene.ledger
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
    scene.ledger = { ...ledger, verify: async () => [] }
  },
}
