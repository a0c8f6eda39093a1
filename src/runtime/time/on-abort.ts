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
