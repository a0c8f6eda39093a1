import type { Wallet, WalletLevel } from '../../model/noun/wallet.ts'
import type { EngineProblem } from './unavailable.ts'

/** Something that an operator should know about an engine. No notice contains a secret. */
export type EngineNotice =
  /** The repository failed or recovered. `problem` is absent when it recovered. */
  | { readonly type: 'repository'; readonly problem?: EngineProblem }
  /** The ledger refused credits or an allowance that an event allocated. They are not booked, and not tried again. */
  | {
      readonly type: 'booking_refused'
      /** The version of the event. */
      readonly version: number
      readonly wallet: Wallet | WalletLevel
      /** The reason of the ledger, such as `grant_expired`. */
      readonly reason: string
    }
  /** A write to the ledger failed and is sent again. */
  | { readonly type: 'ledger_retry'; readonly write: string; readonly message: string }
  /** The ledger refused the end of a call: its cost is not booked. */
  | { readonly type: 'settle_refused'; readonly hold: string; readonly amount: bigint; readonly reason: string }
  /** A snapshot could not be stored. The engine tries again after more events. */
  | { readonly type: 'snapshot_failed'; readonly version: number; readonly message: string }
  /** A subscriber is too slow: it did not get this many events. Reported at most every ten seconds for each subscriber. */
  | { readonly type: 'events_dropped'; readonly count: number }
  /** A subscriber threw or rejected. Reported at most every ten seconds for each subscriber. */
  | { readonly type: 'listener_failed'; readonly message: string }

/** Passes notices to the host. An error of the host's function is ignored. */
export function noticer(onNotice: ((notice: EngineNotice) => void) | undefined): (notice: EngineNotice) => void {
  return (notice) => {
    try {
      const returned: unknown = onNotice?.(notice)
      if (returned instanceof Promise) returned.catch(() => undefined)
    } catch {
      // A subscriber that fails must not stop the engine.
    }
  }
}
