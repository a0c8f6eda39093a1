import type { WalletLevel } from '../../../../model/noun/wallet.ts'
import type { CreditLedger } from '../../../../port/credit-ledger.ts'
import type { Entry } from '../../../../port/ledger-result.ts'
import { recordWrites, type SentWrite } from '../../../reference/ledger.ts'
import { expectSame } from '../../assert.ts'
import { type LedgerUnderTest, type MakeLedger, start } from '../ledger-fixture.ts'
import { type ProgramStep, runStep } from './ledger-programs.ts'

/** Returns every record of a ledger's export, as JSON strings. */
export async function exportOf(ledger: CreditLedger): Promise<readonly string[]> {
  const texts: string[] = []
  for await (const text of ledger.export()) texts.push(text)
  return texts
}

/** A ledger and its imported copy. Both clocks advance together. */
export class LedgerPair {
  readonly original: LedgerUnderTest
  readonly copy: LedgerUnderTest

  constructor(original: LedgerUnderTest, copy: LedgerUnderTest) {
    this.original = original
    this.copy = copy
  }

  /** Runs a program step on both ledgers, and checks that the results are equal. Returns the result. */
  async run(step: ProgramStep): Promise<unknown> {
    const [one, other] = [this.original, this.copy]
    const result = await runStep(one, one.ledger, step)
    expectSame(await runStep(other, other.ledger, step), result, `${step.write} of the copy`)
    return result
  }

  /** Checks that every read returns the same result from both ledgers. */
  async compare(wallets: readonly WalletLevel[], holds: readonly string[]): Promise<void> {
    const [one, other] = [this.original.ledger, this.copy.ledger]
    for (const wallet of wallets) {
      expectSame(await other.wallet(wallet), await one.wallet(wallet), `wallet ${JSON.stringify(wallet)} of the copy`)
      expectSame(
        await other.balance(wallet),
        await one.balance(wallet),
        `balance of ${JSON.stringify(wallet)} in the copy`,
      )
      const entries = await entriesOf(one, wallet)
      expectSame(await entriesOf(other, wallet), entries, `statement of ${JSON.stringify(wallet)} in the copy`)
      const instants = entries.flatMap(({ at }) => [{ at: at - 1 }, { at }])
      const numbers = entries.map(({ sequence }) => ({ sequence }))
      // With many entries, a sample of 24 balances is enough.
      const every = Math.ceil((instants.length + numbers.length) / 24)
      for (const when of [...instants, ...numbers].filter((_, i) => i % every === 0)) {
        expectSame(await other.balance(wallet, when), await one.balance(wallet, when), 'balance in the past')
      }
    }
    for (const request of [{ limit: 2 }, { availableBelow: 10n }, { isOwing: true }])
      expectSame(await other.listWallets(request), await one.listWallets(request), 'wallets of the copy')
    for (const hold of holds) expectSame(await other.hold(hold), await one.hold(hold), `hold ${hold} of the copy`)
    expectSame(await exportOf(other), await exportOf(one), 'export of the copy')
    expectSame(await other.verify(), [], 'violations')
  }

  async close(): Promise<void> {
    await this.original.close()
    await this.copy.close()
  }
}

/** Returns every entry of a wallet's statement. */
export async function entriesOf(ledger: CreditLedger, wallet: WalletLevel): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for await (const entry of ledger.statement(wallet)) entries.push(entry)
  return entries
}

/**
 * Runs a program on a ledger, then imports the ledger's export into a new copy. Returns the two ledgers and the writes
 * that were sent.
 */
export async function pairAfter(
  make: MakeLedger,
  steps: readonly ProgramStep[],
  idRetention: number,
  setUp?: (ledger: CreditLedger) => Promise<void>,
): Promise<{ pair: LedgerPair; sent: readonly SentWrite[] }> {
  const original = await make({ at: start, idRetention })
  const sent: SentWrite[] = []
  const ledger = recordWrites(original.ledger, sent)
  await setUp?.(ledger)
  let now = start
  for (const step of steps) {
    await runStep(original, ledger, step)
    if (step.write === 'pass') now += step.request['milliseconds'] as number
  }
  const copy = await make({ at: now, idRetention })
  const texts = await exportOf(original.ledger)
  expectSame(await copy.ledger.import(texts), { ok: true, records: texts.length })
  return { pair: new LedgerPair(original, copy), sent }
}
