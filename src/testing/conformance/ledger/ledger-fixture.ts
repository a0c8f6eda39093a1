import type { Wallet, WalletLevel } from '../../../model/noun/wallet.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { CreditLedger } from '../../../port/credit-ledger.ts'
import type { Grant, PutWallet, Reserve, Settle } from '../../../port/ledger-request.ts'
import type {
  Bucket,
  Entry,
  GrantResult,
  LedgerCapabilities,
  LevelCost,
  PutWalletResult,
  ReserveResult,
  SettleResult,
} from '../../../port/ledger-result.ts'
import { expectSame, expectTrue } from '../assert.ts'
import type { ConformanceCase } from '../case.ts'

/** A fresh ledger for one case. Its clock moves only when the case calls `pass`. */
export interface LedgerUnderTest {
  readonly ledger: CreditLedger
  /** Advances the ledger's clock. */
  pass(milliseconds: number): void | Promise<void>
  /**
   * Ends the ledger abruptly, unless the case has already closed it. Returns a reopened instance of the same ledger.
   * Required with `isDurable`.
   */
  crash?(): Promise<CreditLedger>
  /** Opens the same ledger a second time, as another process would. Required with `isShared`. */
  open?(): Promise<CreditLedger>
  /** Releases every resource, including all ledgers that were opened. */
  close(): Promise<void>
}

/** The settings of a ledger that a case requires. */
export interface LedgerSetting {
  /** The instant at which the ledger's clock starts. */
  readonly at: Instant
  readonly idRetention: number
}
export type MakeLedger = (setting: LedgerSetting) => Promise<LedgerUnderTest>

/** The capabilities that an adapter claims. The suite tests every claimed capability. */
export type LedgerClaims = Omit<LedgerCapabilities, 'idRetention'>

/**
 * The instant at which the clock of each case starts: 2026-10-01T00:00Z. Less than a month before the clocks change in
 * Europe and North America.
 */
export const start = Date.UTC(2026, 9, 1)
export const hour = 3_600_000
export const day = 24 * hour
export const retention = 7 * day

/**
 * A wallet whose id breaks lookup tables that are plain objects. The wallets below break keys made by joining strings.
 */
export const team: Wallet = { type: 'team', id: 'constructor', incarnation: 7 }
export const user: Wallet = { type: 'user', id: 'ann,7', incarnation: 3 }
export const other: Wallet = { type: 'user', id: 'ann', incarnation: 73 }
export const organization = { type: 'organization', id: '__proto__', incarnation: 0 } as const

/** A credential and two memberships, whose ids break keys made by joining strings. */
export const credential = { type: 'credential', id: 'constructor', incarnation: 7 } as const
export const member = { type: 'member', team: 'constructor', user: 'ann,7', incarnation: 7 } as const
export const otherMember = { type: 'member', team: 'constructor,ann', user: '7', incarnation: 7 } as const

/** The path of a call with a credential of a team's member. */
export const path: readonly WalletLevel[] = [credential, member, team, organization]
/** The path of a call with another credential, of another member of the same team. */
export const otherPath: readonly WalletLevel[] = [
  { ...credential, id: 'k2' },
  { ...member, user: 'bob' },
  team,
  organization,
]
/** The funding of a wallet that only counts usage and applies its cap. */
export const counted = { funding: 'parent' } as const

export const done = { ok: true, replay: false } as const
export const replayed = { ok: true, replay: true } as const
export const keyReused = { ok: false, reason: 'key_reused' } as const

/** The ledger and clock of one case, with helpers for the calls and checks that most cases share. */
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

  async put(wallet: WalletLevel, terms: Partial<PutWallet> = {}): Promise<PutWalletResult> {
    return await this.ledger.putWallet({ key: this.key(), wallet, funding: 'own', ...terms })
  }

  async grant(amount: bigint, terms: Partial<Grant> = {}): Promise<GrantResult> {
    return await this.ledger.grant({ key: this.key(), wallet: team, amount, ...terms })
  }

  /** Puts the wallet of the team, with credits. */
  async foundTeam(amount = 100n): Promise<void> {
    await this.put(team)
    await this.grant(amount)
  }

  async reserve(hold: string, amount: bigint, terms: Partial<Reserve> = {}): Promise<ReserveResult> {
    const wallets = terms.path === undefined ? { wallet: team } : {}
    return await this.ledger.reserve({ hold, amount, ttl: hour, ...wallets, ...terms } as Reserve)
  }

  /** Settles a hold. Fails the case when the ledger refuses the settle. */
  async settle(hold: string, amount: bigint, terms: Partial<Settle> = {}): Promise<SettleResult & { ok: true }> {
    const result = await this.ledger.settle({ hold, amount, ...terms })
    expectTrue(result.ok, `settle of hold ${hold} is refused`)
    return result
  }

  /** Returns the non-zero amounts of a wallet's balance. */
  async amounts(wallet: WalletLevel = team): Promise<Partial<Record<Bucket, bigint>>> {
    const { sequence: _, ...buckets } = await this.ledger.balance(wallet)
    return Object.fromEntries(Object.entries(buckets).filter(([, amount]) => amount !== 0n))
  }

  async expectAmounts(expected: Partial<Record<Bucket, bigint>>, wallet: WalletLevel = team): Promise<void> {
    expectSame(await this.amounts(wallet), expected, `balance of ${JSON.stringify(wallet)}`)
  }

  async statement(wallet: WalletLevel = team, after = 0): Promise<readonly Entry[]> {
    const entries: Entry[] = []
    for await (const entry of this.ledger.statement(wallet, after)) entries.push(entry)
    return entries
  }

  /** Returns one line for each entry of a wallet, such as `reserved available reserved 5 key 1`. */
  async summary(wallet: WalletLevel = team): Promise<readonly string[]> {
    const entries = await this.statement(wallet)
    return entries.map(({ type, from, to, amount, grant }) =>
      [type, from, to, amount, ...(grant ? [grant] : [])].join(' '),
    )
  }
}

/** Returns the expected cost of one level. Every field that `parts` omits is zero. */
export function levelCost(wallet: WalletLevel, parts: Partial<LevelCost>): LevelCost {
  const nothing = { fromReserved: 0n, fromAvailable: 0n, fromDrawn: 0n, fromOverdraft: 0n, fromWrittenOff: 0n }
  return { wallet, ...nothing, returned: 0n, lost: 0n, ...parts }
}

/** Conformance cases by name. Each case is a function of a fresh fixture. */
export type LedgerCases = Readonly<Record<string, (fixture: LedgerFixture) => Promise<void>>>

/**
 * Converts named functions to conformance cases. Each case runs on a fresh ledger, and fails if the ledger has
 * violations at the end.
 */
export function casesOf(make: MakeLedger, chapter: string, cases: LedgerCases): readonly ConformanceCase[] {
  return Object.entries(cases).map(([name, run]) => ({
    name: `${chapter}: ${name}`,
    run: async () => {
      const test = await make({ at: start, idRetention: retention })
      try {
        const fixture = new LedgerFixture(test)
        await run(fixture)
        expectSame(await fixture.ledger.verify(), [], 'violations')
      } finally {
        await test.close()
      }
    },
  }))
}
