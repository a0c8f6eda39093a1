import type { CreditLedger } from '../../port/credit-ledger.ts'
import { unref } from '../time/wait.ts'

/** A hold that is kept alive. Times are those of `performance.now`. */
interface Kept {
  nextAt: number
  readonly endsAt: number
  extensions: number
}

/**
 * Extends the holds of live calls, so that a hold can have a short time to live: the credits of a process that ends come
 * back within that time. Stops to extend a hold after `longest` milliseconds; it then lapses.
 */
export class HoldKeeper {
  readonly #ledger: CreditLedger
  readonly #ttl: number
  readonly #longest: number
  /** The holds in the order of `nextAt`. */
  readonly #kept = new Map<string, Kept>()
  #timer: ReturnType<typeof setInterval> | undefined
  #isClosed = false

  constructor(ledger: CreditLedger, ttl: number, longest: number) {
    this.#ledger = ledger
    this.#ttl = ttl
    this.#longest = longest
  }

  /** The number of live holds. */
  get size(): number {
    return this.#kept.size
  }

  add(hold: string): void {
    if (this.#isClosed) return
    const now = performance.now()
    this.#kept.set(hold, { nextAt: now + this.#ttl / 3, endsAt: now + this.#longest, extensions: 0 })
    if (this.#timer !== undefined) return
    this.#timer = setInterval(() => this.#sweep(), Math.max(1, this.#ttl / 30))
    unref(this.#timer)
  }

  delete(hold: string): void {
    this.#kept.delete(hold)
  }

  /** Stops to extend holds, which then lapse. */
  close(): void {
    this.#isClosed = true
    this.#kept.clear()
    this.#stop()
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #sweep(): void {
    const now = performance.now()
    for (const [hold, kept] of this.#kept) {
      if (kept.nextAt > now) return
      if (kept.endsAt <= now) {
        this.delete(hold)
        continue
      }
      // Moves the hold to the end of the order.
      this.#kept.delete(hold)
      this.#kept.set(hold, kept)
      kept.nextAt = now + this.#ttl / 3
      kept.extensions += 1
      void this.#extend(hold, kept.extensions)
    }
    // The timer goes on while there are holds: a call that ends before the next one begins would restart it each time.
    if (this.#kept.size === 0) this.#stop()
  }

  /** Extends a hold once. A failure is tried again at the next turn of the hold, with another key. */
  async #extend(hold: string, extension: number): Promise<void> {
    try {
      const result = await this.#ledger.extend({ key: `${hold} ${extension}`, hold, ttl: this.#ttl })
      if (!result.ok) this.delete(hold)
    } catch {
      // Two more turns come before the hold lapses.
    }
  }
}
