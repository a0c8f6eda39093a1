import fc from 'fast-check'
import type { LedgerWallet } from '../../model/noun/wallet.ts'
import type { CreditLedger } from '../../port/credit-ledger.ts'
import { auditLedger, type SentWrite } from '../reference/ledger.ts'
import type { LedgerCall } from '../reference/ledger-model-state.ts'
import { DifferenceError, expectSame, expectTrue } from './assert.ts'
import {
  type ConformanceCase,
  type LedgerClaims,
  type LedgerUnderTest,
  type MakeLedger,
  retention,
  start,
} from './ledger-fixture.ts'
import { type HistoryCall, HistoryLog } from './ledger-history.ts'
import { arbitraryCalls, foundingCalls, historyHolds, historyWallets, renameCall } from './ledger-history-call.ts'
import { explainHistory, reportUnexplained } from './ledger-history-search.ts'

/** What several callers do at once, each one call after another. */
export interface HistoryProgram {
  readonly callers: readonly (readonly LedgerCall[])[]
  /** After how many answers whoever keeps the ledger is killed, where a history has a crash. */
  readonly crashAfter: number
}

/** Programs of 2 to 6 callers with up to 24 calls in all. */
export const arbitraryHistory: fc.Arbitrary<HistoryProgram> = fc
  .record({
    callers: fc.integer({ min: 2, max: 6 }),
    calls: arbitraryCalls({ minLength: 4, maxLength: 24 }),
    crashAfter: fc.nat(16),
  })
  .map(({ callers, calls, crashAfter }) => ({
    callers: Array.from({ length: callers }, (_, caller) => calls.filter((_, i) => i % callers === caller)),
    crashAfter,
  }))

/** What is asked when all is over: whatever was done must show. */
export const closingCalls: readonly LedgerCall[] = [
  ...historyWallets.flatMap((request) =>
    (['wallet', 'statement'] as const).map((call): LedgerCall => ({ call, request })),
  ),
  ...historyHolds.map((request): LedgerCall => ({ call: 'hold', request })),
]

/** Has callers send what a program says, each through one of the ledgers, and writes down what happens. */
export async function playHistory(
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

/** As `playHistory`, with a crash in the middle: what was under way then was perhaps done, and what was answered was. */
export async function playCrash(
  test: LedgerUnderTest & Required<Pick<LedgerUnderTest, 'crash'>>,
  { callers, crashAfter }: HistoryProgram,
): Promise<{ readonly ledger: CreditLedger; readonly calls: readonly HistoryCall[] }> {
  const log = new HistoryLog()
  for (const call of foundingCalls) await log.send(test.ledger, 0, call)
  let keeper: CreditLedger | undefined = test.ledger
  let isBack = Promise.resolve()
  let isUp = true
  let hear = () => {}
  const crashed = new Promise<void>((resolve) => {
    hear = resolve
  })
  const crash = () => {
    isUp = false
    keeper = undefined
    log.lose()
    isBack = test.crash().then((ledger) => {
      keeper = ledger
    })
    hear()
  }
  const sent: Promise<void>[] = []
  const sendAll = async (calls: readonly LedgerCall[], caller: number) => {
    for (const call of calls) {
      // Nothing is awaited from here until it is sent, so that nobody writes to the ledger that crashed.
      while (keeper === undefined) await isBack
      const sending = log.send(keeper, caller, call)
      sent.push(sending)
      await (isUp ? Promise.race([sending, crashed]) : sending)
      if (isUp && log.answers >= foundingCalls.length + crashAfter) crash()
    }
  }
  await Promise.all(callers.map(sendAll))
  if (isUp) crash()
  await isBack
  await Promise.all(sent)
  await Promise.all(closingCalls.map((call, caller) => sendAll([call], caller)))
  return { ledger: keeper ?? test.ledger, calls: log.calls() }
}

/** @throws {DifferenceError} unless some order explains every answer of a history; otherwise, that order */
export function expectExplained(calls: readonly HistoryCall[]): readonly HistoryCall[] {
  const explanation = explainHistory(calls, start)
  expectTrue(explanation.verdict !== 'undecided', 'a history has too many orders to try them all')
  if (explanation.verdict === 'explained') return explanation.order
  throw new DifferenceError(reportUnexplained(calls, start))
}

/** The writes of a history in the order of their answers. */
function notesOf(calls: readonly HistoryCall[]): readonly SentWrite[] {
  const writes = calls
    .flatMap(({ call, request, invokedAt, answered }) =>
      typeof request === 'string' || answered === undefined || !('ok' in Object(answered.answer))
        ? []
        : [{ write: call, request, invokedAt, answeredAt: answered.at, answer: answered.answer }],
    )
    .sort((one, other) => one.answeredAt - other.answeredAt)
  return writes.map(({ write, request, invokedAt, answer }) => {
    const sent = writes.filter(({ answeredAt }) => answeredAt < invokedAt).length
    return { write, request, answer, sent } as unknown as SentWrite
  })
}

/** Plays a history on ledgers that had others before, so its names are its own, and checks all that can be. */
async function checkHistory(ledgers: readonly CreditLedger[], program: HistoryProgram, turn: number): Promise<void> {
  const rename = (call: LedgerCall) => renameCall(call, turn)
  const order = expectExplained(await playHistory(ledgers, program, rename))
  const wallets = historyWallets.map(
    (wallet): LedgerWallet => ({ ...wallet, incarnation: wallet.incarnation + 100 * turn }),
  )
  const last = ledgers.at(-1)
  if (last !== undefined) expectSame(await auditLedger(last, wallets, notesOf(order)), [], 'violations')
}

/** How many histories of several processes there are at least: one that forgets a check is found within so many. */
const fewest = 60

const parameters = (numRuns: number) => ({ numRuns, seed: 20_260_801 })

/** Some histories one after another on ledgers that are one and the same. */
function histories(make: MakeLedger, runs: number, more: number) {
  return async () => {
    const test = await make({ at: start, idRetention: retention })
    try {
      const ledgers = [test.ledger]
      for (let i = 0; i < more; i += 1) {
        expectTrue(test.open !== undefined, 'sharing is claimed, so the factory can open the ledger again')
        ledgers.push(await test.open())
      }
      let turn = 0
      const property = fc.asyncProperty(arbitraryHistory, async (program) => {
        turn += 1
        await checkHistory(ledgers, program, turn)
      })
      await fc.assert(property, parameters(runs))
      expectSame(await test.ledger.verify(), [], 'violations that the ledger finds itself')
    } finally {
      await test.close()
    }
  }
}

/** Histories with a crash in the middle, each on a ledger of its own. */
function crashes(make: MakeLedger, runs: number) {
  return async () => {
    const property = fc.asyncProperty(arbitraryHistory, async (program) => {
      const test = await make({ at: start, idRetention: retention })
      try {
        const { crash } = test
        expectTrue(crash !== undefined, 'durability is claimed, so the factory can crash the ledger')
        const { ledger, calls } = await playCrash({ ...test, crash: () => crash.call(test) }, program)
        expectExplained(calls)
        expectSame(await ledger.verify(), [], 'violations that the ledger finds itself')
      } finally {
        await test.close()
      }
    })
    await fc.assert(property, parameters(runs))
  }
}

/**
 * Chapter E: random programs of several callers at once, whose answers must be those of some order, one call after another,
 * that keeps to who was answered before whom was asked. A failure prints its seed and is shrunk, as far as it happens again.
 */
export function historyCases(make: MakeLedger, claims: LedgerClaims, runs: number): readonly ConformanceCase[] {
  const some = 'E: whatever callers do at once, some order of it explains every answer'
  return [
    { name: some, run: histories(make, runs, 0) },
    ...(claims.isShared
      ? [{ name: `${some}, in three processes`, run: histories(make, Math.max(runs, fewest), 2) }]
      : []),
    ...(claims.isDurable ? [{ name: `${some}, after a crash too`, run: crashes(make, Math.ceil(runs / 4)) }] : []),
  ]
}
