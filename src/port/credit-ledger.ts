import type { LedgerWallet } from '../model/noun/wallet.ts'
import type { Instant } from '../model/value/instant.ts'
import type {
  Charge,
  Extend,
  Grant,
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
  HoldState,
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
  WalletState,
} from './ledger-result.ts'

/** What went wrong between caller and ledger. */
export type LedgerErrorCode =
  /** The store cannot be reached, or cannot be written. */
  | 'ledger_unavailable'
  | 'ledger_timeout'
  | 'ledger_closed'
  /** The caller's signal was aborted. */
  | 'call_aborted'
  /** The store holds what no ledger wrote. */
  | 'ledger_corrupt'

/**
 * Whether a write that threw was done. After `unknown`: send a reserve again with the same hold, or release the hold, which
 * keeps the reserve from being done later; send anything else again as it was, and never release what was to be settled.
 */
export type LedgerOutcome = 'not_applied' | 'unknown'

/** How a call is made. */
export interface CallOptions {
  /**
   * Aborted, the call throws `call_aborted` at once: with `not_applied` when the write was not begun yet, and never will be;
   * else with `unknown`. `AbortSignal.timeout` makes one for a deadline.
   */
  readonly signal?: AbortSignal
}

/**
 * Keeps the amounts, and sees to it that nobody spends a credit that is not there.
 *
 * - **Atomic.** Each write is done as a whole, on every level of the path, or not at all; of writes at the same time the
 *   answers are those of some order, one after another.
 * - **Once.** Sent again with the same key (or hold) and content, a write gives the first answer, marked `replay`, whatever
 *   has happened since; with other content it is refused as `key_reused`. What is refused is not remembered. Grants are known
 *   for ever; other keys, and holds from their end on, for `idRetention` at least.
 * - **On time.** Answers are those of a ledger that books what lapses, expires, becomes effective or rolls at that very
 *   instant by one clock which never runs backwards; whether anybody swept makes no difference. At one instant, grants
 *   expire first, then come those that become effective or roll, then holds lapse, in the order they were made.
 * - **As data.** What a caller sends is answered, never thrown, whatever its shape. A `LedgerError` is thrown when the ledger
 *   cannot answer, and says whether the write was done; a `Defect` when it finds its own promises broken.
 *
 * Credits burn by priority, then the earliest expiry (never is last), then the oldest grant. What comes in, or comes back,
 * repays overdraft first, unless it is bound to tags. At a level without credits of its own every movement is drawn from
 * above: counted here, paid there.
 */
export interface CreditLedger {
  readonly capabilities: LedgerCapabilities

  putWallet(request: PutWallet, options?: CallOptions): Promise<PutWalletResult>
  grant(request: Grant, options?: CallOptions): Promise<GrantResult>
  revoke(request: Revoke, options?: CallOptions): Promise<RevokeResult>
  putAllowance(request: PutAllowance, options?: CallOptions): Promise<PutAllowanceResult>

  /**
   * Holds an amount at every level of the path, or at none. Where it does not fit, `minAmount` takes the most that does.
   * The hold ends once: settled, released, or lapsed at its expiry, when it gives back what it held.
   */
  reserve(request: Reserve, options?: CallOptions): Promise<ReserveResult>
  /** Refused, it leaves the hold as it was. Of the wallet's status it asks only when it is to hold more. */
  extend(request: Extend, options?: CallOptions): Promise<ExtendResult>
  /**
   * Books what a call has cost, at every level: from its hold, then from what is available, then as overdraft, then written
   * off. A hold that has lapsed has nothing left to take from, and is booked all the same: the money is gone.
   */
  settle(request: Settle, options?: CallOptions): Promise<SettleResult>
  /**
   * Gives back what a call holds. Settle and release exclude each other, after a lapse too, though a hold settled in part
   * may be released. A hold that is unknown is marked, so that a reserve on its way cannot make it any more.
   */
  release(request: Release, options?: CallOptions): Promise<ReleaseResult>
  /** Books a cost without a hold, whatever the status of the wallet: from what is available, then as overdraft, then written off. */
  charge(request: Charge, options?: CallOptions): Promise<ChargeResult>
  /**
   * Undoes a cost, at every level: first what was written off, then what was owed, then what was taken from grants, the last
   * first. It returns to the grant it is from, or, if that has expired or was revoked, to a new one of the refund's key that never
   * expires. So does what was owed, where it was repaid meanwhile.
   */
  refund(request: Refund, options?: CallOptions): Promise<RefundResult>

  /**
   * The amounts now; or after the entries that took effect by an instant; or after an entry. All zero for a wallet that
   * nothing ever happened to.
   */
  balance(wallet: LedgerWallet, when?: { readonly at: Instant } | { readonly sequence: number }): Promise<Balance>
  /** A wallet with its grants and allowances, if it is there. */
  wallet(wallet: LedgerWallet): Promise<WalletState | undefined>
  /** A hold or a charge, if it is known. */
  hold(hold: string): Promise<HoldState | undefined>
  /** The entries of a wallet up to now, after a number, oldest first. Entries to come are not waited for. */
  statement(wallet: LedgerWallet, after?: number): AsyncIterable<Entry>

  /** Books up to so many things that are due, which changes no answer: only what the store looks like, and how fast it is. */
  sweep(limit: number): Promise<{ readonly booked: number; readonly isDone: boolean }>
  /** Recounts a wallet, or everything, and says what does not add up: nothing, in a ledger that keeps its promises. */
  verify(wallet?: LedgerWallet): Promise<readonly LedgerViolation[]>
  /**
   * All of the ledger as of the moment that the first text is asked for: a JSON text without line breaks for each record, the
   * same whatever the adapter, the last of which tells how many there are. Writes meanwhile are not in it.
   */
  export(): AsyncIterable<string>
  /**
   * Takes over an export, as a whole or not at all, into a ledger to which nothing has happened yet: from then on it answers
   * as that one would have. Every record is checked, and all must add up. What the texts themselves throw is thrown on. A stream
   * is listened to from the call on, so the lines of a file may come from `createInterface` of `node:readline`.
   */
  import(texts: AsyncIterable<string> | Iterable<string>): Promise<ImportResult>
  /** Waits for what is under way, and gives back what the adapter opened itself. Every later call throws `ledger_closed`. */
  close(): Promise<void>
}
