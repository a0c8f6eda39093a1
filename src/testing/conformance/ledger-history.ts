import type { CreditLedger } from '../../port/credit-ledger.ts'
import type { Entry } from '../../port/ledger-result.ts'
import { foldEntries } from '../reference/ledger.ts'
import type { LedgerCall } from '../reference/ledger-model-state.ts'

/** A call of a history, with the marks of a counter that stood higher with everything that happened. */
export type HistoryCall = LedgerCall & {
  /** Who called: each has at most one call under way. */
  readonly caller: number
  readonly invokedAt: number
  /** Without an answer the call may have been done at any time after its invocation, or never. */
  readonly answered?: { readonly at: number; readonly answer: unknown }
}

/** Sends a call to a ledger. A statement is answered by the sum of its entries. */
export async function sendCall(ledger: CreditLedger, { call, request }: LedgerCall): Promise<unknown> {
  if (call !== 'statement') return await (ledger[call] as (request: unknown) => Promise<unknown>).call(ledger, request)
  const entries: Entry[] = []
  for await (const entry of ledger.statement(request)) entries.push(entry)
  return foldEntries(entries)
}

/** Writes down what callers call, and when. */
export class HistoryLog {
  readonly #calls = new Map<number, HistoryCall>()
  #mark = 0
  #lostUntil = 0
  /** How many calls were answered. */
  answers = 0

  /** Sends a call and waits for it. One that was not done leaves no trace; one that may have been done stays without an answer. */
  async send(ledger: CreditLedger, caller: number, call: LedgerCall): Promise<void> {
    this.#mark += 1
    const invokedAt = this.#mark
    const invoked: HistoryCall = { ...call, caller, invokedAt }
    this.#calls.set(invokedAt, invoked)
    try {
      const answer = await sendCall(ledger, call)
      if (invokedAt <= this.#lostUntil) return
      this.#mark += 1
      this.answers += 1
      this.#calls.set(invokedAt, { ...invoked, answered: { at: this.#mark, answer } })
    } catch (error) {
      const outcome: unknown = Reflect.get(Object(error), 'outcome')
      if (invokedAt <= this.#lostUntil || outcome === 'unknown') return
      if (outcome !== 'not_applied') throw error
      this.#calls.delete(invokedAt)
    }
  }

  /** Whoever keeps the ledger is gone: what is under way is never answered, whatever may still be heard of it. */
  lose(): void {
    this.#lostUntil = this.#mark
  }

  /** The calls up to now, in the order of their invocation: what is under way has no answer. */
  calls(): readonly HistoryCall[] {
    return [...this.#calls.values()]
  }
}
