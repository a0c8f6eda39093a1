import type { CreditLedger } from '../../port/credit-ledger.ts'
import type { Repository } from '../../port/repository.ts'
import { applyRecorded, loadState, type Step } from '../follow/load-state.ts'
import { messageOf } from '../notice/message.ts'
import type { EngineNotice } from '../notice/notice.ts'
import { Backoff, longestTimer, pause, unref, waitAtMost, withDeadline } from '../time/wait.ts'
import { type Booking, bookingOf } from './booking.ts'

export interface CreditBridgeOptions {
  readonly repository: Repository
  readonly ledger: CreditLedger
  readonly requestTimeout: number
  readonly notify: (notice: EngineNotice) => void
  /** The time in milliseconds for which other engines leave a booking to the engine that committed the event. */
  readonly takeover?: number
}

/** A booking that waits for its turn. */
interface Pending {
  readonly version: number
  readonly booking: Booking
  /** The time of `performance.now` from which this engine makes the booking. */
  dueAt: number
}

/** The name of the cursor behind the last event that was booked. */
const cursorName = 'ledger'

/**
 * Books in the ledger what events allocate: each exactly once, in the order of the events. The cursor of the repository
 * marks what is booked. A booking is repeated when a process ends between the booking and the cursor; the key of the
 * event makes the repetition harmless. Every engine of a fleet runs a bridge. The engine that committed an event books
 * it at once; the others book it if the cursor has not passed it after `takeover`.
 */
export class CreditBridge {
  readonly #options: CreditBridgeOptions
  readonly #takeover: number
  readonly #closing = new AbortController()
  /** The bookings that this engine has seen and does not know to be made, in order. */
  readonly #queue: Pending[] = []
  /** The log, and the version of the snapshot from which the engine loaded it. */
  #opened: { readonly log: string; readonly base: number } | undefined
  #isCaughtUp = false
  #wake: (() => void) | undefined
  #running: Promise<void> | undefined
  /** The version behind which everything is booked, as far as this engine knows. */
  #booked = 0

  constructor(options: CreditBridgeOptions) {
    this.#options = options
    this.#takeover = options.takeover ?? 2_000
  }

  /** The number of bookings that this engine has seen and does not know to be made. */
  get pending(): number {
    return this.#queue.length
  }

  /** Whether every booking that this engine has seen is made, and those between the cursor and the snapshot are too. */
  get isDone(): boolean {
    return this.#isCaughtUp && this.#queue.length === 0
  }

  start(): void {
    this.#running = this.#run()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#wake?.()
    await waitAtMost(this.#running, Math.min(1_000, this.#options.requestTimeout))
  }

  /** Notes that the engine loaded a log: a snapshot of version `base`, and the steps after it. */
  open(log: string, base: number, steps: readonly Step[]): void {
    this.#opened = { log, base }
    // Who committed these events may have ended, so there is nothing to wait for.
    for (const step of steps) this.#add(step, log, 0)
    this.#wake?.()
  }

  /** Notes an event of the log, after `open` and in order. `isOwn`: this engine committed it. */
  note(step: Step, isOwn: boolean): void {
    this.#add(step, this.#opened?.log as string, isOwn ? 0 : this.#takeover)
    // Bookings are made in order, so an own booking makes the earlier ones due too.
    const now = performance.now()
    if (isOwn) for (const pending of this.#queue) pending.dueAt = Math.min(pending.dueAt, now)
    this.#wake?.()
  }

  #add({ event, before, version }: Step, log: string, delay: number): void {
    const booking = bookingOf(event, before, log, version)
    if (booking !== undefined) this.#queue.push({ version, booking, dueAt: performance.now() + delay })
  }

  /** Moves the cursor to a version, if everything up to it is booked. Returns whether it is. */
  async reach(version: number): Promise<boolean> {
    const [next] = this.#queue
    if (!this.#isCaughtUp || (next !== undefined && next.version <= version)) return false
    await this.#advance(version)
    return true
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    const backoff = new Backoff(50, 5_000)
    while (!signal.aborted) {
      try {
        if (this.#opened === undefined) await this.#sleep(Number.POSITIVE_INFINITY)
        else if (this.#isCaughtUp) await this.#bookNext()
        else await this.#catchUp(this.#opened)
        backoff.reset()
      } catch (error) {
        if (signal.aborted) return
        this.#options.notify({ type: 'ledger_retry', write: 'booking', message: messageOf(error) })
        await pause(backoff.next(), signal, false)
      }
    }
  }

  /** Books events between the cursor and the snapshot, which exist if the log was used without a ledger before. */
  async #catchUp({ log, base }: { readonly log: string; readonly base: number }): Promise<void> {
    const { repository } = this.#options
    const cursor = await this.#within(repository.cursor(cursorName), 'reading the cursor')
    this.#booked = Math.max(this.#booked, cursor)
    const { events } = await this.#within(repository.readLog({ after: cursor, limit: 1 }), 'reading the log')
    const first = (events[0]?.version ?? base + 1) - 1
    let { state } = await loadState(repository, Math.min(Math.max(cursor, first), base))
    const watch = repository.watch(state.version)
    try {
      while (state.version < base && !this.#closing.signal.aborted) {
        const { value } = await this.#within(watch.next(), 'reading the log')
        if (value === undefined || value.length === 0) throw new Error('the watch of the log has ended')
        for (const recorded of value) {
          const { version, event, before, after } = applyRecorded(recorded, state)
          const booking = bookingOf(event, before, log, version)
          if (booking !== undefined && version <= base) await this.#book(version, booking)
          state = after
        }
        await this.#advance(Math.min(state.version, base))
      }
    } finally {
      void watch.return().catch(() => undefined)
    }
    this.#isCaughtUp = !this.#closing.signal.aborted
  }

  /** Waits for the next booking and makes it. */
  async #bookNext(): Promise<void> {
    const [next] = this.#queue
    const delay = next === undefined ? Number.POSITIVE_INFINITY : next.dueAt - performance.now()
    if (next === undefined || delay > 0) {
      await this.#sleep(delay)
      return
    }
    const cursor = await this.#within(this.#options.repository.cursor(cursorName), 'reading the cursor')
    if (cursor < next.version) {
      await this.#book(next.version, next.booking)
      await this.#advance(next.version)
    } else this.#booked = Math.max(this.#booked, cursor)
    while ((this.#queue[0]?.version ?? Number.POSITIVE_INFINITY) <= this.#booked) this.#queue.shift()
  }

  async #advance(version: number): Promise<void> {
    await this.#within(this.#options.repository.advanceCursor(cursorName, version), 'moving the cursor')
    this.#booked = Math.max(this.#booked, version)
  }

  #within<T>(promise: Promise<T>, what: string): Promise<T> {
    return withDeadline(promise, this.#options.requestTimeout, what)
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => end(), Math.min(milliseconds, longestTimer))
      unref(timer)
      const end = (): void => {
        clearTimeout(timer)
        this.#wake = undefined
        resolve()
      }
      this.#wake = end
      if (this.#closing.signal.aborted) end()
    })
  }

  /** Makes a booking. A refusal is reported and not repeated; a failure throws. */
  async #book(version: number, booking: Booking): Promise<void> {
    const { ledger, notify } = this.#options
    if (booking.type === 'close') return await this.#closeWallet(booking, version)
    const { wallet } = booking.request
    const write = booking.type === 'grant' ? ledger.grant(booking.request) : ledger.putAllowance(booking.request)
    const what = `booking the credits of event ${version}`
    const result = await this.#within<{ readonly ok: boolean; readonly reason?: string }>(write, what)
    if (!result.ok) notify({ type: 'booking_refused', version, wallet, reason: result.reason ?? '' })
  }

  /** Closes a wallet and keeps its other settings. */
  async #closeWallet({ key, wallet }: Booking & { readonly type: 'close' }, version: number): Promise<void> {
    const { ledger, notify } = this.#options
    const state = await this.#within(ledger.wallet(wallet), 'reading a wallet')
    if (state === undefined || state.status === 'closed') return
    const { funding, parent, cap, overdraftLimit, lowBalances } = state
    const settings = {
      ...(parent === undefined ? {} : { parent }),
      ...(cap === undefined ? {} : { cap }),
      ...(overdraftLimit === undefined ? {} : { overdraftLimit }),
      ...(lowBalances === undefined ? {} : { lowBalances }),
    }
    const write = ledger.putWallet({ key, wallet, funding, status: 'closed', ...settings })
    const result = await this.#within(write, 'closing a wallet')
    if (!result.ok) notify({ type: 'booking_refused', version, wallet, reason: result.reason })
  }
}
