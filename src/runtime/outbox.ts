import { LedgerError } from '../port/ledger-error.ts'
import type { Deadline } from './deadline.ts'
import { messageOf } from './message.ts'
import type { EngineNotice } from './notice.ts'
import { Backoff, pause, waitAtMost } from './wait.ts'

/** The result of a write, or the message of the error after which it was given up. */
export type Sent<T> =
  | { readonly isAnswered: true; readonly answer: T }
  | { readonly isAnswered: false; readonly message: string }

/**
 * Sends writes to the ledger until each is answered. The writes are idempotent, so a write whose result was lost is
 * repeated unchanged. Gives up only when the ledger or the engine is closed.
 */
export class Outbox {
  readonly #deadline: Deadline
  readonly #notify: (notice: EngineNotice) => void
  readonly #closing = new AbortController()
  readonly #unanswered = new Set<Promise<unknown>>()

  constructor(deadline: Deadline, notify: (notice: EngineNotice) => void) {
    this.#deadline = deadline
    this.#notify = notify
  }

  /** The number of writes that are not answered. */
  get unanswered(): number {
    return this.#unanswered.size
  }

  /** Sends a write until it is answered. Never rejects. */
  send<T>(what: string, write: () => Promise<T>): Promise<Sent<T>> {
    const sending = this.#retry(what, write)
    this.#unanswered.add(sending)
    void sending.then(() => this.#unanswered.delete(sending))
    return sending
  }

  /** Waits for the answers for a number of milliseconds, then gives up the rest. */
  async close(milliseconds: number): Promise<void> {
    await waitAtMost(Promise.all(this.#unanswered), milliseconds)
    this.#closing.abort()
    await Promise.all(this.#unanswered)
  }

  async #retry<T>(what: string, write: () => Promise<T>): Promise<Sent<T>> {
    const backoff = new Backoff(50, 5_000)
    for (;;) {
      try {
        return { isAnswered: true, answer: await this.#deadline.race(write(), what) }
      } catch (error) {
        const message = messageOf(error)
        const isClosed = error instanceof LedgerError && error.code === 'ledger_closed'
        if (isClosed || this.#closing.signal.aborted) return { isAnswered: false, message }
        this.#notify({ type: 'ledger_retry', write: what, message })
        await pause(backoff.next(), this.#closing.signal)
        if (this.#closing.signal.aborted) return { isAnswered: false, message }
      }
    }
  }
}
