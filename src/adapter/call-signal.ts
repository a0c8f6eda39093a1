import { LedgerError } from '../ledger/ledger-error.ts'
import type { CallOptions } from '../port/credit-ledger.ts'

/** The signal that a call was made with, if it is one: whatever else is there is none. */
export function signalOf(options: CallOptions | undefined): AbortSignal | undefined {
  const signal: unknown = typeof options === 'object' && options !== null ? options.signal : undefined
  return signal instanceof AbortSignal ? signal : undefined
}

/** What a call throws that its caller has given up. */
export function givenUp(isBegun: boolean): LedgerError {
  return isBegun
    ? new LedgerError('call_aborted', 'unknown', 'the call was given up while it was being written')
    : new LedgerError('call_aborted', 'not_applied', 'the call was given up before it was begun')
}

/** An answer to a write that was begun, unless the caller gives it up before. */
export function unlessGivenUp<Answer>(answer: Promise<Answer>, signal: AbortSignal | undefined): Promise<Answer> {
  if (signal === undefined) return answer
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(givenUp(true))
    signal.addEventListener('abort', giveUp)
    if (signal.aborted) giveUp()
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}
