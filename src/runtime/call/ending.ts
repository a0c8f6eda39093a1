import type { LedgerRefusal } from '../../ledger/refusal/refusal.ts'
import type { Settled } from '../../port/ledger-result.ts'

/** How an admission ended. */
export type Ending = 'settled' | 'released'

/** The result of `settle` and `release`. */
export type Ended =
  /** `settled` has the details of the cost; absent if nothing was booked, because no wallet bounds the call. */
  | { readonly ok: true; readonly ending: Ending; readonly settled?: Settled }
  /** Another ending came first, and counts. */
  | { readonly ok: false; readonly reason: 'already_ended'; readonly ending: Ending }
  /** The cost is not an amount. The admission has not ended. */
  | { readonly ok: false; readonly reason: 'cost_invalid'; readonly message: string }
  /** The ledger refused the ending, for example because another process ended the hold. */
  | { readonly ok: false; readonly reason: 'refused'; readonly refusal: LedgerRefusal }
  /** The engine or the ledger was closed before the ledger answered. */
  | { readonly ok: false; readonly reason: 'ledger_unavailable'; readonly message: string }
