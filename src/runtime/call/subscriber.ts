import { messageOf } from '../notice/message.ts'
import type { EngineNotice } from '../notice/notice.ts'
import type { EngineEvent } from './engine-event.ts'

/**
 * Receives events of an engine in batches, in order. `contexts` has for each event what `capture` returned when its call
 * began. If it returns a promise, the next batch waits until that has settled. What it throws is ignored but for a notice.
 */
export type EngineListener = (events: readonly EngineEvent[], contexts: readonly unknown[]) => unknown

export interface SubscribeOptions {
  /** The maximum number of events that wait for a slow listener, 1 to 1,000,000. Later ones are dropped. Default: 10,000. */
  readonly limit?: number | undefined
  /** Called when a call or a question begins, in its asynchronous context, for example to keep the active trace. */
  readonly capture?: (() => unknown) | undefined
}

/** The least time between two notices of one kind about one subscriber, in milliseconds. */
const noticeInterval = 10_000

/** One listener and the events that wait for it. The events of other subscribers do not wait for it. */
export class Subscriber {
  readonly capture: (() => unknown) | undefined
  readonly #listener: EngineListener
  readonly #limit: number
  readonly #notify: (notice: EngineNotice) => void
  #events: EngineEvent[] = []
  #contexts: unknown[] = []
  /** The dropped events that the listener does not know of. */
  #missing = 0
  #missingAt = 0
  #unreported = 0
  #reportedAt = Number.NEGATIVE_INFINITY
  #failedAt = Number.NEGATIVE_INFINITY
  #delivered: Promise<void> | undefined
  #isBusy = false
  #isClosed = false

  /**
   * @throws {TypeError} when the listener or an option is of another type
   * @throws {RangeError} when the limit is out of range
   */
  constructor(listener: EngineListener, options: SubscribeOptions, notify: (notice: EngineNotice) => void) {
    const { limit = 10_000, capture } = options
    if (typeof listener !== 'function') throw new TypeError('expected a function that receives events')
    if (capture !== undefined && typeof capture !== 'function') throw new TypeError('`capture` must be a function')
    if (!Number.isSafeInteger(limit)) throw new TypeError('`limit` must be an integer')
    if (limit < 1 || limit > 1_000_000) throw new RangeError(`\`limit\` must be from 1 to 1000000, not ${limit}`)
    this.capture = capture
    this.#listener = listener
    this.#limit = limit
    this.#notify = notify
  }

  /** Resolves when the events that wait have been delivered. */
  get delivered(): Promise<void> | undefined {
    return this.#delivered
  }

  /** Adds an event, or drops it if too many wait. Returns whether it was added. */
  add(event: EngineEvent, context: unknown): boolean {
    if (this.#events.length < this.#limit) {
      this.#events.push(event)
      this.#contexts.push(context)
      return true
    }
    this.#missing += 1
    this.#missingAt = Math.max(this.#missingAt, event.at)
    this.#unreported += 1
    this.#reportDrops(noticeInterval)
    return false
  }

  /** Delivers what waits, unless the listener is still busy with an earlier batch. */
  deliver(): void {
    if (this.#isBusy) return
    this.#isBusy = true
    this.#delivered = this.#deliver()
  }

  /** Stops to deliver. */
  close(): void {
    this.#isClosed = true
    this.#events = []
    this.#contexts = []
    this.#reportDrops(0)
  }

  async #deliver(): Promise<void> {
    while (!this.#isClosed && this.#events.length > 0) {
      const events = this.#events
      const contexts = this.#contexts
      this.#events = []
      this.#contexts = []
      if (this.#missing > 0) {
        events.push(Object.freeze({ type: 'dropped', at: this.#missingAt, count: this.#missing }))
        contexts.push(undefined)
        this.#missing = 0
      }
      try {
        const returned = this.#listener(events, contexts)
        if (typeof returned === 'object' && returned !== null) await returned
      } catch (error) {
        this.#reportFailure(error)
      }
      this.#reportDrops(noticeInterval)
    }
    this.#isBusy = false
  }

  #reportDrops(interval: number): void {
    const now = performance.now()
    if (this.#unreported === 0 || now - this.#reportedAt < interval) return
    const count = this.#unreported
    this.#unreported = 0
    this.#reportedAt = now
    this.#notify({ type: 'events_dropped', count })
  }

  #reportFailure(error: unknown): void {
    const now = performance.now()
    if (now - this.#failedAt < noticeInterval) return
    this.#failedAt = now
    this.#notify({ type: 'listener_failed', message: messageOf(error) })
  }
}
