import { Defect } from '../../model/defect.ts'
import { type Instant, instantLimit } from '../../model/instant.ts'
import type { Wallet } from '../../model/wallet.ts'
import type { Clock } from '../../port/clock.ts'
import type {
  Balance,
  CreditLedger,
  Entry,
  Grant,
  GrantResult,
  Release,
  ReleaseResult,
  Reserve,
  ReserveRefused,
  ReserveResult,
  Settle,
  Settled,
  SettleResult,
} from '../../port/simple-credit-ledger.ts'
import {
  type Account,
  addEntry,
  addGrant,
  bookDue,
  emptyBalance,
  type Hold,
  hold,
  openAccount,
  release,
  settle,
} from './account.ts'
import { systemClock } from './clock.ts'
import { findWallet, readGrant, readRelease, readReserve, readSettle } from './read-request.ts'

export interface MemoryCreditLedgerOptions {
  /** The system's, unless told otherwise. When it runs backwards the ledger's time stands still. */
  readonly clock?: Clock
}

/**
 * A credit ledger for one process, gone with it. A write costs the logarithm of the reservations of its wallet, and books those
 * that have come due; a wallet is looked at only when it is used. Its memory grows with the statements.
 */
export function createMemoryCreditLedger(options: MemoryCreditLedgerOptions = {}): CreditLedger {
  return new MemoryCreditLedger(options.clock ?? systemClock)
}

const keyReused = Object.freeze({ ok: false, reason: 'key_reused' })

/** No method awaits anything, so that each is done in one turn and none sees another half done. */
class MemoryCreditLedger implements CreditLedger {
  readonly #clock: Clock
  readonly #accounts = new Map<string, Account>()
  readonly #grants = new Map<string, Grant>()
  readonly #holds = new Map<string, Hold>()
  #latest: Instant = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async grant(input: Grant): Promise<GrantResult> {
    const reading = readGrant(input)
    if (!reading.ok) return reading
    const { request } = reading
    const first = this.#grants.get(request.key)
    if (first !== undefined) return isSame(first, request) ? { ok: true, replay: true } : keyReused

    const { key, wallet, amount, expiresAt } = request
    const at = this.#now()
    const account = this.#findAccount(wallet, at) ?? this.#openAccount(wallet)
    addGrant(account, key, amount, expiresAt ?? Number.POSITIVE_INFINITY, at)
    this.#grants.set(key, request)
    return { ok: true, replay: false }
  }

  async reserve(input: Reserve): Promise<ReserveResult> {
    const reading = readReserve(input)
    if (!reading.ok) return reading
    const { request } = reading
    const first = this.#holds.get(request.hold)
    if (first !== undefined) {
      const { amount, expiresAt, account } = first
      return isSame({ amount, expiresAt, wallet: account.wallet }, request) ? { ok: true, replay: true } : keyReused
    }

    const at = this.#now()
    if (request.expiresAt <= at) return { ok: false, reason: 'hold_expired' }
    const account = this.#findAccount(request.wallet, at)
    const { hold: id, amount, expiresAt } = request
    if (account === undefined || account.balance.available < amount) return refusal(request, account)
    this.#holds.set(id, hold(account, { id, amount, expiresAt }, at))
    return { ok: true, replay: false }
  }

  async settle(input: Settle): Promise<SettleResult> {
    const reading = readSettle(input)
    if (!reading.ok) return reading
    const { request } = reading
    const row = this.#holds.get(request.hold)
    if (row === undefined) return { ok: false, reason: 'hold_unknown' }
    if (row.state.type === 'settled') return settledAgain(row.state.answer, request.amount)
    if (row.state.type === 'released') return { ok: false, reason: 'hold_released' }

    const at = this.#now()
    bookDue(row.account, at)
    return settle(row, request.amount, at)
  }

  async release(input: Release): Promise<ReleaseResult> {
    const reading = readRelease(input)
    if (!reading.ok) return reading
    const row = this.#holds.get(reading.request.hold)
    if (row === undefined) return { ok: false, reason: 'hold_unknown' }
    if (row.state.type === 'released') return { ok: true, replay: true, returned: row.state.returned }
    if (row.state.type === 'settled') return { ok: false, reason: 'hold_settled' }

    const at = this.#now()
    bookDue(row.account, at)
    return { ok: true, replay: false, returned: release(row, at) }
  }

  async balance(wallet: Wallet, at?: Instant): Promise<Balance> {
    const account = this.#look(wallet)
    if (account === undefined) return emptyBalance
    if (at === undefined) return account.balance
    return account.entries.filter((entry) => entry.at <= at).reduce(addEntry, emptyBalance)
  }

  async statement(wallet: Wallet): Promise<readonly Entry[]> {
    return [...(this.#look(wallet)?.entries ?? [])]
  }

  #look(input: Wallet): Account | undefined {
    const wallet = findWallet(input)
    return wallet && this.#findAccount(wallet, this.#now())
  }

  /** The time, which never runs backwards: what has lapsed stays so, and entries are in order of time. */
  #now(): Instant {
    const at = this.#clock.now()
    if (!Number.isInteger(at) || at < 0 || at > instantLimit)
      throw new Defect(`the clock says \`${at}\`, which is no instant`)
    this.#latest = Math.max(this.#latest, at)
    return this.#latest
  }

  /** The books of a wallet, up to date, if there are any. */
  #findAccount(wallet: Wallet, at: Instant): Account | undefined {
    const account = this.#accounts.get(keyOf(wallet))
    if (account !== undefined) bookDue(account, at)
    return account
  }

  #openAccount(wallet: Wallet): Account {
    const account = openAccount(wallet)
    this.#accounts.set(keyOf(wallet), account)
    return account
  }
}

/** JSON quotes what an id holds, so that two wallets never have one key. */
function keyOf({ type, id, incarnation }: Wallet): string {
  return JSON.stringify([type, id, incarnation])
}

type Content = Pick<Grant, 'wallet' | 'amount' | 'expiresAt'>

/** Whether two writes under one key say the same. */
function isSame(one: Content, other: Content): boolean {
  return one.amount === other.amount && one.expiresAt === other.expiresAt && keyOf(one.wallet) === keyOf(other.wallet)
}

/** The answer to a settle of what is settled: the first one, if it was for the same amount. */
function settledAgain(answer: Settled, amount: bigint): SettleResult {
  const { fromReserved, fromAvailable, fromOverdraft } = answer
  return fromReserved + fromAvailable + fromOverdraft === amount ? { ...answer, replay: true } : keyReused
}

/** Why an amount cannot be reserved, which may pass when all that is held comes back and the overdraft is repaid from it. */
function refusal({ wallet, amount }: Reserve, account: Account | undefined): ReserveRefused {
  const { available, reserved, overdraft } = account?.balance ?? emptyBalance
  return {
    ok: false,
    reason: overdraft > 0n ? 'overdrawn' : 'credits_insufficient',
    retry: amount > available + reserved - overdraft ? 'never_fits' : 'held_by_others',
    wallet,
    needed: amount,
    available,
    reserved,
    overdraft,
  }
}
