import type { LedgerWallet } from '../../model/noun/wallet.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { CreditLedger } from '../../port/credit-ledger.ts'
import type { Grant, PutWallet, Reserve, Settle } from '../../port/ledger-request.ts'
import type {
  Bucket,
  Entry,
  GrantResult,
  LedgerCapabilities,
  LevelCost,
  PutWalletResult,
  ReserveResult,
  SettleResult,
} from '../../port/ledger-result.ts'
import { expectSame, expectTrue } from './assert.ts'

/** One promise that an adapter keeps. Feed these to any runner: `for (const { name, run } of cases) test(name, run)`. */
export interface ConformanceCase {
  readonly name: string
  readonly run: () => Promise<void>
}

/** A ledger of its own for one case, with a clock that stands still until it is moved. */
export interface LedgerUnderTest {
  readonly ledger: CreditLedger
  /** Lets milliseconds pass on the ledger's clock. */
  pass(milliseconds: number): void | Promise<void>
  /**
   * Kills whoever keeps the ledger, without a farewell, and opens what it has stored again. Needed where `isDurable` is
   * claimed.
   */
  crash?(): Promise<CreditLedger>
  /** Opens the same ledger once more, as another process would. Needed where `isShared` is claimed. */
  open?(): Promise<CreditLedger>
  /** Gives everything back, the ledgers included. */
  close(): Promise<void>
}

/** What a case asks for. */
export interface LedgerSetting {
  /** Where the clock stands at first. */
  readonly at: Instant
  readonly idRetention: number
}
export type MakeLedger = (setting: LedgerSetting) => Promise<LedgerUnderTest>

/** What an adapter says it can do. What is claimed is tested. */
export type LedgerClaims = Omit<LedgerCapabilities, 'idRetention'>

/** Midnight of the 1st of October 2026 in UTC: within a month of summer time in much of the north. */
export const start = Date.UTC(2026, 9, 1)
export const hour = 3_600_000
export const day = 24 * hour
export const retention = 7 * day

/** A wallet with a name that is hard on tables and joined keys. */
export const team: LedgerWallet = { type: 'team', id: 'constructor', incarnation: 7 }
export const user: LedgerWallet = { type: 'user', id: 'ann,7', incarnation: 3 }
export const other: LedgerWallet = { type: 'user', id: 'ann', incarnation: 73 }
export const organization: LedgerWallet = { type: 'organization', id: '__proto__', incarnation: 0 }

export const done = { ok: true, replay: false } as const
export const replayed = { ok: true, replay: true } as const
export const keyReused = { ok: false, reason: 'key_reused' } as const

/** The stage of a case: shorthand for what most of them do. */
export class LedgerFixture {
  readonly test: LedgerUnderTest
  ledger: CreditLedger
  now: Instant = start
  #keys = 0

  constructor(test: LedgerUnderTest) {
    this.test = test
    this.ledger = test.ledger
  }

  async pass(milliseconds: number): Promise<void> {
    this.now += milliseconds
    await this.test.pass(milliseconds)
  }

  key(): string {
    this.#keys += 1
    return `key ${this.#keys}`
  }

  async put(wallet: LedgerWallet, terms: Partial<PutWallet> = {}): Promise<PutWalletResult> {
    return await this.ledger.putWallet({ key: this.key(), wallet, funding: 'own', ...terms })
  }

  async grant(amount: bigint, terms: Partial<Grant> = {}): Promise<GrantResult> {
    return await this.ledger.grant({ key: this.key(), wallet: team, amount, ...terms })
  }

  async reserve(hold: string, amount: bigint, terms: Partial<Reserve> = {}): Promise<ReserveResult> {
    return await this.ledger.reserve({ hold, wallet: team, amount, ttl: hour, ...terms })
  }

  /** Settles, which must be done. */
  async settle(hold: string, amount: bigint, terms: Partial<Settle> = {}): Promise<SettleResult & { ok: true }> {
    const result = await this.ledger.settle({ hold, amount, ...terms })
    expectTrue(result.ok, `settling hold ${hold} is refused`)
    return result
  }

  /** The buckets of a wallet that are not empty. */
  async amounts(wallet: LedgerWallet = team): Promise<Partial<Record<Bucket, bigint>>> {
    const { sequence: _, ...buckets } = await this.ledger.balance(wallet)
    return Object.fromEntries(Object.entries(buckets).filter(([, amount]) => amount !== 0n))
  }

  async expectAmounts(expected: Partial<Record<Bucket, bigint>>, wallet: LedgerWallet = team): Promise<void> {
    expectSame(await this.amounts(wallet), expected, `balance of ${wallet.type} ${wallet.id}`)
  }

  async statement(wallet: LedgerWallet = team, after = 0): Promise<readonly Entry[]> {
    const entries: Entry[] = []
    for await (const entry of this.ledger.statement(wallet, after)) entries.push(entry)
    return entries
  }

  /** What each entry of a wallet was, in short: `reserved available reserved 5 key 1`. */
  async story(wallet: LedgerWallet = team): Promise<readonly string[]> {
    const entries = await this.statement(wallet)
    return entries.map(({ type, from, to, amount, grant }) =>
      [type, from, to, amount, ...(grant ? [grant] : [])].join(' '),
    )
  }
}

/** Where a cost was taken from at a level, which is all zero but for what is said. */
export function taken(wallet: LedgerWallet, parts: Partial<LevelCost>): LevelCost {
  const nothing = { fromReserved: 0n, fromAvailable: 0n, fromDrawn: 0n, fromOverdraft: 0n, fromWrittenOff: 0n }
  return { wallet, ...nothing, returned: 0n, lost: 0n, ...parts }
}

/** Makes cases of plays: each gets a stage of its own, and at the end the books must add up. */
export function casesOf(
  make: MakeLedger,
  chapter: string,
  plays: Readonly<Record<string, (scene: LedgerFixture) => Promise<void>>>,
): readonly ConformanceCase[] {
  return Object.entries(plays).map(([name, play]) => ({
    name: `${chapter}: ${name}`,
    run: async () => {
      const test = await make({ at: start, idRetention: retention })
      try {
        const scene = new LedgerFixture(test)
        await play(scene)
        expectSame(await scene.ledger.verify(), [], 'violations')
      } finally {
        await test.close()
      }
    },
  }))
}
