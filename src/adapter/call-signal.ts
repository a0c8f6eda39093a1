import type { CallOptions } from '../port/credit-ledger.ts'
import { LedgerError } from '../port/ledger-error.ts'
import { onAbort } from '../runtime/time/on-abort.ts'

/** Returns the abort signal in the options of a call. Returns `undefined` if `signal` is not an `AbortSignal`. */
export function signalOf(options: CallOptions | undefined): AbortSignal | undefined {
  try {
    const signal: unknown = options?.signal
    return signal instanceof AbortSignal ? signal : undefined
  } catch {
    return undefined
  }
}

/** Creates the error of an aborted call. `isBegun` states whether the write had started. */
export function givenUp(isBegun: boolean): LedgerError {
  return isBegun
    ? new LedgerError('call_aborted', 'unknown', 'the call was aborted while it was being written')
    : new LedgerError('call_aborted', 'not_applied', 'the call was aborted before it started')
}

/** Resolves with the result of a started write. Rejects as soon as the caller aborts the signal. */
export function unlessGivenUp<Answer>(answer: Promise<Answer>, signal: AbortSignal | undefined): Promise<Answer> {
  if (signal === undefined) return answer
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      stop()
      reject(givenUp(true))
    }
    const stop = onAbort(signal, giveUp)
    if (signal.aborted) giveUp()
    answer.then(resolve, reject).finally(stop)
  })
}
