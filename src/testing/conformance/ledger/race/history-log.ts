import type { CreditLedger } from '../../../../port/credit-ledger.ts'
import type { Entry } from '../../../../port/ledger-result.ts'
import { foldEntries } from '../../../reference/ledger.ts'
import type { LedgerCall } from '../../../reference/ledger-model/state.ts'

/**
 * A call in a history, with the times of its invocation and its result. Times are values of a counter that every
 * invocation and every result increments.
 */
export type HistoryCall = LedgerCall & {
  /** The number of the caller. One caller has at most one call in flight. */
  readonly caller: number
  readonly invokedAt: number
  /**
   * The result of the call and its time. Absent when no result arrived: the call may have taken effect at any time
   * after its invocation, or never.
   */
  readonly answered?: { readonly at: number; readonly result: unknown }
}

/** Sends a call to a ledger and returns the result. For a statement call: the sum of its entries. */
export async function sendCall(ledger: CreditLedger, { call, request }: LedgerCall): Promise<unknown> {
  if (call !== 'statement') return await (ledger[call] as (request: unknown) => Promise<unknown>).call(ledger, request)
  const entries: Entry[] = []
  for await (const entry of ledger.statement(request)) entries.push(entry)
  return foldEntries(entries)
}

/** Records the calls of concurrent callers, with the times of each call. */
export class HistoryLog {
  readonly #calls = new Map<number, HistoryCall>()
  #mark = 0
  #lostUntil = 0
  /** The number of calls that returned a result. */
  answers = 0

  /**
   * Sends a call to a ledger and records the call. A call that was not applied is not recorded. A call whose outcome is
   * unknown is recorded without a result.
   */
  async send(ledger: CreditLedger, caller: number, call: LedgerCall): Promise<void> {
    this.#mark += 1
    const invokedAt = this.#mark
    const invoked: HistoryCall = { ...call, caller, invokedAt }
    this.#calls.set(invokedAt, invoked)
    try {
      const result = await sendCall(ledger, call)
      if (invokedAt <= this.#lostUntil) return
      this.#mark += 1
      this.answers += 1
      this.#calls.set(invokedAt, { ...invoked, answered: { at: this.#mark, result } })
    } catch (error) {
      const outcome: unknown = Reflect.get(Object(error), 'outcome')
      if (invokedAt <= this.#lostUntil || outcome === 'unknown') return
      if (outcome !== 'not_applied') throw error
      this.#calls.delete(invokedAt)
    }
  }

  /** Marks a crash of the ledger. Calls in flight are recorded without a result, even if a result still arrives. */
  markCrash(): void {
    this.#lostUntil = this.#mark
  }

  /** Returns the calls so far, in order of invocation. A call in flight has no result. */
  calls(): readonly HistoryCall[] {
    return [...this.#calls.values()]
  }
}
