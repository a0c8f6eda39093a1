import type { WalletLevel } from '../model/noun/wallet.ts'
import type { Instant } from '../model/value/instant.ts'
import type {
  Charge,
  Extend,
  Grant,
  ListWallets,
  PutAllowance,
  PutWallet,
  Refund,
  Release,
  Reserve,
  Revoke,
  Settle,
} from './ledger-request.ts'
import type {
  Balance,
  ChargeResult,
  Entry,
  ExtendResult,
  GrantResult,
  ImportResult,
  LedgerCapabilities,
  LedgerViolation,
  PutAllowanceResult,
  PutWalletResult,
  RefundResult,
  ReleaseResult,
  ReserveResult,
  RevokeResult,
  SettleResult,
} from './ledger-result.ts'
import type { HoldState, WalletPage, WalletState } from './ledger-state.ts'

/** The reason for a `LedgerError`. */
export type LedgerErrorCode =
  /** The store cannot be reached or written. */
  | 'ledger_unavailable'
  /** The store did not respond in time. */
  | 'ledger_timeout'
  /** The store is open in another place, and only one ledger may use it. */
  | 'ledger_locked'
  /** The ledger was closed. */
  | 'ledger_closed'
  /** The caller's signal was aborted. */
  | 'call_aborted'
  /** The store contains data that a ledger cannot have written. */
  | 'ledger_corrupt'

/**
 * Whether a write that threw a `LedgerError` took effect. After `unknown`, retry. For a reserve, repeat the reserve
 * with the same hold id, or release the hold, which also blocks a delayed reserve. Repeat every other write unchanged.
 * Do not release a hold that should be settled.
 */
export type LedgerOutcome = 'not_applied' | 'unknown'

/** Options of a call. */
export interface CallOptions {
  /**
   * Aborts the call, which then throws `call_aborted` at once. The outcome is `not_applied` if the write had not
   * started, and it then never starts. Otherwise the outcome is `unknown`. Use `AbortSignal.timeout` for a deadline.
   */
  readonly signal?: AbortSignal
}

/**
 * Keeps credit balances and guarantees that reservations never exceed the available credits.
 *
 * - **Atomic.** A write takes effect at every level of the path or at none. Concurrent writes behave as if they ran one after
 *   another.
 * - **Idempotent.** A write repeated with the same key (or hold) and content returns the first result, with `replay: true`,
 *   whatever happened since. With other content it is refused as `key_reused`. Refused writes are not remembered. Grants are
 *   remembered indefinitely; other keys, and holds from their end on, for at least `idRetention`.
 * - **Punctual.** Holds lapse, and grants expire, start and roll, exactly at their instants by one clock that never runs
 *   backwards; calling `sweep` makes no difference to results. Unused periods of an allowance are booked late: see
 *   `PutAllowance`. At the same instant, grants expire first, then grants start and
 *   allowances roll, then holds lapse in order of creation.
 * - **Errors as data.** Invalid writes of any shape return a result with `ok: false`; they never throw. A read has no such
 *   result, and throws a `TypeError` for a malformed wallet, since zeros would look like a balance. A `LedgerError` is thrown when the ledger cannot return a result, and tells whether the write took effect. A `Defect` is thrown when the
 *   ledger detects a broken invariant.
 *
 * Credits burn by priority, then by earliest expiry (never is last), then by age, oldest first. Incoming and returned credits
 * first repay the overdraft that they may repay: unrestricted credits repay any, restricted overdraft first; credits
 * restricted to tags repay overdraft restricted to one of these tags. Of credits that start at the same instant,
 * restricted ones start first. A level without own credits books every amount as drawn: it counts the usage, and the level
 * above pays.
 */
export interface CreditLedger {
  readonly capabilities: LedgerCapabilities

  putWallet(request: PutWallet, options?: CallOptions): Promise<PutWalletResult>
  grant(request: Grant, options?: CallOptions): Promise<GrantResult>
  revoke(request: Revoke, options?: CallOptions): Promise<RevokeResult>
  putAllowance(request: PutAllowance, options?: CallOptions): Promise<PutAllowanceResult>

  /**
   * Reserves an amount at every level of the path, or at none. With `minAmount`, reserves as much as fits. A hold
   * (reserved credits) ends once: by a settle, by a release, or by a lapse at its expiry. A lapse returns the held
   * amount.
   */
  reserve(request: Reserve, options?: CallOptions): Promise<ReserveResult>
  /**
   * Extends a hold: its expiry and optionally its amount. A refusal leaves the hold unchanged. Wallet status and limits
   * are checked only when `increase` is given.
   */
  extend(request: Extend, options?: CallOptions): Promise<ExtendResult>
  /**
   * Books the cost of a call at every level. Pays from the hold, then from available credits, then as overdraft, then
   * as a write-off. A lapsed hold is also charged, because the call was made, but no longer holds credits.
   *
   * Overdraft is restricted to tags, and then bars only calls with these tags, if unrestricted credits paid nothing of
   * the cost at that level: to the tags that the call shares with the restricted credits that paid last, or, if no
   * credits paid, with live restricted credits or allowances. Other overdraft bars every call.
   */
  settle(request: Settle, options?: CallOptions): Promise<SettleResult>
  /**
   * Ends a hold and gives back the amount that is still held. A settled hold cannot be released, and a released hold
   * cannot be settled, even after a lapse. A partially settled hold can be released. Releasing an unknown hold blocks
   * its id, so that a delayed reserve is refused.
   */
  release(request: Release, options?: CallOptions): Promise<ReleaseResult>
  /**
   * Books a cost without a hold. Pays from available credits, then as overdraft, then as a write-off. The status of the
   * wallet does not matter.
   */
  charge(request: Charge, options?: CallOptions): Promise<ChargeResult>
  /**
   * Refunds a cost at every level. Reverses write-offs first, then overdraft, then takings from grants, the last taking
   * first. Credits return to their grant and keep its conditions: they return expired when the grant has expired (unless
   * `expiresAt` is given), and revoked when it was revoked. The refund of overdraft that was repaid since returns with
   * the conditions of the credits that last repaid it. Credits that no grant can take back become available in a grant
   * of kind `refund`, named by the key of the refund, or join an available one with the same tags, priority and expiry.
   */
  refund(request: Refund, options?: CallOptions): Promise<RefundResult>

  /**
   * Returns the balance of a wallet. Default: the current balance. `at`: the balance after all entries up to this
   * instant. `sequence`: the balance after the entry with this number. All amounts of an unknown wallet are zero.
   * @throws {TypeError} when `wallet` is not a wallet reference
   * @throws {RangeError} when `at` is outside the range of instants, such as seconds
   */
  balance(wallet: WalletLevel, when?: { readonly at: Instant } | { readonly sequence: number }): Promise<Balance>
  /**
   * Returns the state of a wallet with its grants and allowances, or `undefined` for an unknown wallet.
   * @throws {TypeError} when `wallet` is not a wallet reference
   */
  wallet(wallet: WalletLevel): Promise<WalletState | undefined>
  /**
   * Returns one page of the wallets that meet the conditions, with their current balances. Pages are not a snapshot: a
   * wallet that exists throughout is in exactly one page, unless writes change whether it meets the conditions.
   * @throws {TypeError} when the request does not match its schema
   */
  listWallets(request?: ListWallets): Promise<WalletPage>
  /**
   * Returns the state of a hold or charge, or `undefined` for an id that the ledger does not know or no longer
   * remembers.
   */
  hold(hold: string): Promise<HoldState | undefined>
  /**
   * Yields the entries of a wallet with a sequence number above `after`, oldest first. Ends after the last existing
   * entry, without waiting for new entries.
   * @throws {TypeError} when `wallet` is not a wallet reference
   */
  statement(wallet: WalletLevel, after?: number): AsyncIterable<Entry>

  /**
   * Housekeeping: books everything that is due at up to `limit` wallets, 0 to 100,000. A ledger in a database also deletes
   * up to `limit` holds and keys past their retention. Never changes a result, only storage and speed. `booked` is the
   * number of new entries, which can exceed `limit`; `isDone` is false when more is left.
   */
  sweep(limit: number): Promise<{ readonly booked: number; readonly isDone: boolean }>
  /**
   * Recomputes one wallet, or every wallet, from the entries. Returns every broken invariant: an empty list for a
   * correct ledger.
   * @throws {TypeError} when `wallet` is not a wallet reference
   */
  verify(wallet?: WalletLevel): Promise<readonly LedgerViolation[]>
  /**
   * Exports the whole ledger as of the first `next` call. Yields one JSON string without line breaks per record, in a
   * format that is identical for every adapter. The last record states the number of records. Later writes are not
   * included.
   */
  export(): AsyncIterable<string>
  /**
   * Imports an export into an empty ledger, completely or not at all. Afterwards the ledger returns the same results as
   * the exported ledger. Every record is validated, and the whole must satisfy the invariants of `verify`. Errors
   * thrown by `texts` are rethrown. Reading starts with the call, so the lines of a `createInterface` of
   * `node:readline` work.
   */
  import(texts: AsyncIterable<string> | Iterable<string>): Promise<ImportResult>
  /**
   * Closes the ledger: waits for pending calls, then releases the resources that the adapter opened. Every later call
   * throws `ledger_closed`.
   */
  close(): Promise<void>
}
