import type { CallOptions } from '../port/credit-ledger.ts'
import { LedgerError } from '../port/ledger-error.ts'

/** The signal that a call was made with, if it is one: whatever else is there is none. */
export function signalOf(options: CallOptions | undefined): AbortSignal | undefined {
  try {
    const signal: unknown = options?.signal
    return signal instanceof AbortSignal ? signal : undefined
  } catch {
    return undefined
  }
}

/** Those who wait for a signal, and their listener. */
interface Waiting {
  readonly calls: Set<() => void>
  readonly listener: () => void
}
const waiting = new WeakMap<AbortSignal, Waiting>()

/**
 * Calls back when a signal is aborted, until the answer is called. However many wait for it, a signal has one listener, since
 * Node.js takes more than ten for a leak.
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
    const giveUp = (): void => {
      stop()
      reject(givenUp(true))
    }
    const stop = onAbort(signal, giveUp)
    if (signal.aborted) giveUp()
    answer.then(resolve, reject).finally(stop)
  })
}
