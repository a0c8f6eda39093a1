import type { CallOptions } from '../port/credit-ledger.ts'
import { LedgerError } from '../port/ledger-error.ts'

/** Returns the abort signal in the options of a call. Returns `undefined` if `signal` is not an `AbortSignal`. */
export function signalOf(options: CallOptions | undefined): AbortSignal | undefined {
  try {
    const signal: unknown = options?.signal
    return signal instanceof AbortSignal ? signal : undefined
  } catch {
    return undefined
  }
}

/** The callbacks registered for one abort signal, and the one event listener that calls them. */
interface Waiting {
  readonly calls: Set<() => void>
  readonly listener: () => void
}
const waiting = new WeakMap<AbortSignal, Waiting>()

/**
 * Calls `call` when a signal is aborted. Returns a function that cancels the callback. Adds only one listener per
 * signal, because Node.js warns of a leak above ten listeners.
 */
export function onAbort(signal: AbortSignal, call: () => void): () => void {
  const { calls, listener } = waiting.get(signal) ?? startWaiting(signal)
  calls.add(call)
  return () => {
    if (!calls.delete(call) || calls.size > 0) return
    signal.removeEventListener('abort', listener)
    waiting.delete(signal)
  }
}

function startWaiting(signal: AbortSignal): Waiting {
  const calls = new Set<() => void>()
  const listener = (): void => {
    for (const call of calls) call()
  }
  const started = { calls, listener }
  signal.addEventListener('abort', listener)
  waiting.set(signal, started)
  return started
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
