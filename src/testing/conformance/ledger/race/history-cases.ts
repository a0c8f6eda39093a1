import fc from 'fast-check'
import type { WalletLevel } from '../../../../model/noun/wallet.ts'
import type { CreditLedger } from '../../../../port/credit-ledger.ts'
import { auditLedger, type SentWrite } from '../../../reference/ledger.ts'
import type { LedgerCall } from '../../../reference/ledger-model/state.ts'
import { DifferenceError, expectSame, expectTrue } from '../../assert.ts'
import type { ConformanceCase } from '../../case.ts'
import { type LedgerClaims, type LedgerUnderTest, type MakeLedger, retention, start } from '../ledger-fixture.ts'
import { arbitraryCalls, foundingCalls, historyHolds, historyWallets, renameCall } from './history-call.ts'
import { type HistoryCall, HistoryLog } from './history-log.ts'
import { linearizeHistory, reportHistory } from './history-search.ts'

/** The calls of several concurrent callers. Each caller sends its calls one after another. */
interface HistoryProgram {
  readonly callers: readonly (readonly LedgerCall[])[]
  /** The number of results after which the ledger crashes. Ignored in histories without a crash. */
  readonly crashAfter: number
}

/** Generates a program of 2 to 6 callers, with up to 24 calls in total. */
const arbitraryHistory: fc.Arbitrary<HistoryProgram> = fc
  .record({
    callers: fc.integer({ min: 2, max: 6 }),
    calls: arbitraryCalls({ minLength: 4, maxLength: 24 }),
    crashAfter: fc.nat(16),
  })
  .map(({ callers, calls, crashAfter }) => ({
    callers: Array.from({ length: callers }, (_, caller) => calls.filter((_, i) => i % callers === caller)),
    crashAfter,
  }))

/** The reads at the end of every history. They make every effect of the history visible. */
export const closingCalls: readonly LedgerCall[] = [
  ...historyWallets.flatMap((request) =>
    (['wallet', 'statement'] as const).map((call): LedgerCall => ({ call, request })),
  ),
  ...historyHolds.map((request): LedgerCall => ({ call: 'hold', request })),
]

/** Runs a program and returns its history. Each caller uses one of the ledgers. */
async function runHistory(
  ledgers: readonly CreditLedger[],
  { callers }: HistoryProgram,
  rename: (call: LedgerCall) => LedgerCall = (call) => call,
): Promise<readonly HistoryCall[]> {
  const log = new HistoryLog()
  const sendAll = async (calls: readonly LedgerCall[], caller: number) => {
    for (const call of calls) await log.send(ledgers[caller % ledgers.length] as CreditLedger, caller, rename(call))
  }
  await sendAll(foundingCalls, 0)
  await Promise.all(callers.map(sendAll))
  await Promise.all(closingCalls.map((call, caller) => sendAll([call], caller)))
  return log.calls()
}

/**
 * Runs a program on one ledger that crashes in the middle. Returns the history. Acknowledged calls must survive the
 * crash; calls in flight may survive.
 */
async function runHistoryWithCrash(
  test: LedgerUnderTest & Required<Pick<LedgerUnderTest, 'crash'>>,
  { callers, crashAfter }: HistoryProgram,
): Promise<{ readonly ledger: CreditLedger; readonly calls: readonly HistoryCall[] }> {
  const log = new HistoryLog()
  for (const call of foundingCalls) await log.send(test.ledger, 0, call)
  let ledger: CreditLedger | undefined = test.ledger
  let reopened = Promise.resolve()
  let isUp = true
  let announceCrash = () => {}
  const crashed = new Promise<void>((resolve) => {
    announceCrash = resolve
  })
  const crash = () => {
    isUp = false
    ledger = undefined
    log.markCrash()
    reopened = test.crash().then((next) => {
      ledger = next
    })
    announceCrash()
  }
  const sent: Promise<void>[] = []
  const sendAll = async (calls: readonly LedgerCall[], caller: number) => {
    for (const call of calls) {
      // No `await` separates this loop from the send, so no call reaches the crashed ledger.
      while (ledger === undefined) await reopened
      const sending = log.send(ledger, caller, call)
      sent.push(sending)
      await (isUp ? Promise.race([sending, crashed]) : sending)
      if (isUp && log.answers >= foundingCalls.length + crashAfter) crash()
    }
  }
  await Promise.all(callers.map(sendAll))
  if (isUp) crash()
  await reopened
  await Promise.all(sent)
  await Promise.all(closingCalls.map((call, caller) => sendAll([call], caller)))
  return { ledger: ledger ?? test.ledger, calls: log.calls() }
}

/**
 * Returns a sequential order of the calls that explains every result of a history.
 * @throws {DifferenceError} when the history is not linearizable, or when the search reaches its limit
 */
function expectLinearizable(calls: readonly HistoryCall[]): readonly HistoryCall[] {
  const found = linearizeHistory(calls, start)
  expectTrue(found.verdict !== 'undecided', 'the search for an order of this history reached its limit')
  if (found.verdict === 'linearizable') return found.order
  throw new DifferenceError(reportHistory(calls, start))
}

/** Returns the writes of a history, in the order in which their results arrived. */
function sentWritesOf(calls: readonly HistoryCall[]): readonly SentWrite[] {
  const writes = calls
    .flatMap(({ call, request, invokedAt, answered }) =>
      typeof request === 'string' || answered === undefined || !('ok' in Object(answered.result))
        ? []
        : [{ write: call, request, invokedAt, answeredAt: answered.at, result: answered.result }],
    )
    .sort((one, other) => one.answeredAt - other.answeredAt)
  return writes.map(({ write, request, invokedAt, result }) => {
    const sent = writes.filter(({ answeredAt }) => answeredAt < invokedAt).length
    return { write, request, result, sent } as unknown as SentWrite
  })
}

/**
 * Runs a program on shared ledgers, checks that its history is linearizable, and audits its wallets. Prefixes all ids
 * with `round`, so that programs do not share ids.
 */
async function checkHistory(ledgers: readonly CreditLedger[], program: HistoryProgram, round: number): Promise<void> {
  const rename = (call: LedgerCall) => renameCall(call, round)
  const order = expectLinearizable(await runHistory(ledgers, program, rename))
  const wallets = historyWallets.map(
    (wallet): WalletLevel => ({ ...wallet, incarnation: wallet.incarnation + 100 * round }),
  )
  const last = ledgers.at(-1)
  if (last !== undefined) expectSame(await auditLedger(last, wallets, sentWritesOf(order)), [], 'violations')
}

/** The minimum number of multi-process histories to run. Enough to detect a ledger that omits one of its checks. */
const minimumRuns = 60

const parameters = (numRuns: number) => ({ numRuns, seed: 20_260_801 })

/**
 * Returns a test that runs histories on one ledger, one after another. The ledger is opened `more` additional times,
 * and callers use all opened instances.
 */
function histories(make: MakeLedger, runs: number, more: number) {
  return async () => {
    const test = await make({ at: start, idRetention: retention })
    try {
      const ledgers = [test.ledger]
      for (let i = 0; i < more; i += 1) {
        expectTrue(test.open !== undefined, '`isShared` is claimed, but the factory returns no `open`')
        ledgers.push(await test.open())
      }
      let round = 0
      const property = fc.asyncProperty(arbitraryHistory, async (program) => {
        round += 1
        await checkHistory(ledgers, program, round)
      })
      await fc.assert(property, parameters(runs))
      expectSame(await test.ledger.verify(), [], 'violations that `verify` reports')
    } finally {
      await test.close()
    }
  }
}

/** Returns a test that runs histories with a crash in the middle, each on a fresh ledger. */
function crashes(make: MakeLedger, runs: number) {
  return async () => {
    const property = fc.asyncProperty(arbitraryHistory, async (program) => {
      const test = await make({ at: start, idRetention: retention })
      try {
        const { crash } = test
        expectTrue(crash !== undefined, '`isDurable` is claimed, but the factory returns no `crash`')
        const { ledger, calls } = await runHistoryWithCrash({ ...test, crash: () => crash.call(test) }, program)
        expectLinearizable(calls)
        expectSame(await ledger.verify(), [], 'violations that `verify` reports')
      } finally {
        await test.close()
      }
    })
    await fc.assert(property, parameters(runs))
  }
}

/**
 * Returns the cases that run random histories of concurrent callers. The histories must be linearizable according to
 * the reference model. A failure prints the seed and the smallest failing history that was found.
 */
export function historyCases(make: MakeLedger, claims: LedgerClaims, runs: number): readonly ConformanceCase[] {
  const some = 'histories: a sequential order explains every result of concurrent callers'
  return [
    { name: some, run: histories(make, runs, 0) },
    ...(claims.isShared
      ? [{ name: `${some} in three processes`, run: histories(make, Math.max(runs, minimumRuns), 2) }]
      : []),
    ...(claims.isDurable ? [{ name: `${some} across a crash`, run: crashes(make, Math.ceil(runs / 4)) }] : []),
  ]
}
