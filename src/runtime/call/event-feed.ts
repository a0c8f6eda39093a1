import type { Instant } from '../../model/value/instant.ts'
import type { EngineNotice } from '../notice/notice.ts'
import { inNextTurn, waitAtMost, yieldToOthers } from '../time/wait.ts'
import { CallTrace, type TraceFeed } from './call-trace.ts'
import type { DecidedEvent, EngineEvent } from './engine-event.ts'
import { HoldIds } from './hold-id.ts'
import { type EngineListener, type SubscribeOptions, Subscriber } from './subscriber.ts'

/** The number of events after which they are delivered in a microtask, if the event loop has no turn before. */
const turn = 1_000

interface Pending {
  readonly trace: CallTrace
  readonly make: () => EngineEvent
}

/** Distributes the events of an engine to its subscribers, outside the path of the calls. */
export class EventFeed implements TraceFeed {
  readonly #now: () => Instant
  readonly #notify: (notice: EngineNotice) => void
  readonly #ids = new HoldIds()
  readonly #subscribers = new Set<Subscriber>()
  #pending: Pending[] = []
  #capturing = 0
  #dropped = 0
  #isClosed = false

  constructor(now: () => Instant, notify: (notice: EngineNotice) => void) {
    this.#now = now
    this.#notify = notify
  }

  /** The number of events that subscribers did not get. */
  get dropped(): number {
    return this.#dropped
  }

  /** Adds a subscriber. Returns a function that delivers what waits, unless the listener is busy, and removes it. */
  subscribe(listener: EngineListener, options: SubscribeOptions = {}): () => void {
    const subscriber = new Subscriber(listener, options, this.#notify)
    if (this.#isClosed) return () => undefined
    this.#subscribers.add(subscriber)
    this.#countCapturing()
    return () => {
      if (!this.#subscribers.has(subscriber)) return
      this.#flush()
      subscriber.deliver()
      this.#subscribers.delete(subscriber)
      subscriber.close()
      this.#countCapturing()
    }
  }

  /** Begins to trace a call or a question. Returns `undefined` if there are no subscribers. */
  begin(by: DecidedEvent['by']): CallTrace | undefined {
    if (this.#subscribers.size === 0) return undefined
    return new CallTrace(this, this.#ids.next(), by, this.#capturing === 0 ? undefined : this.#capture())
  }

  /** Delivers what waits within a number of milliseconds, and then removes all subscribers. */
  async close(milliseconds: number): Promise<void> {
    // The ledger has answered, and the calls that wait for it end in this turn.
    await yieldToOthers()
    this.#isClosed = true
    this.#flush()
    await waitAtMost(Promise.all([...this.#subscribers].map(({ delivered }) => delivered)), milliseconds)
    for (const subscriber of this.#subscribers) subscriber.close()
    this.#subscribers.clear()
    this.#capturing = 0
  }

  /**
   * Adds an event. It is made and delivered when the event loop has a turn. It is made without subscribers, too: the end of
   * the call refers to it.
   */
  add(trace: CallTrace, make: () => EngineEvent): void {
    this.#pending.push({ trace, make })
    if (this.#pending.length === 1) inNextTurn(this.#flush)
    else if (this.#pending.length === turn) queueMicrotask(this.#flush)
  }

  readonly #flush = (): void => {
    const pending = this.#pending
    if (pending.length === 0) return
    this.#pending = []
    for (const { trace, make } of pending) this.#distribute(make(), trace)
    for (const subscriber of this.#subscribers) subscriber.deliver()
  }

  #distribute(event: EngineEvent, { contexts }: CallTrace): void {
    for (const subscriber of this.#subscribers) {
      if (!subscriber.add(event, contexts?.get(subscriber))) this.#dropped += 1
    }
  }

  #countCapturing(): void {
    this.#capturing = [...this.#subscribers].filter(({ capture }) => capture !== undefined).length
  }

  #capture(): ReadonlyMap<object, unknown> {
    const contexts = new Map<object, unknown>()
    for (const subscriber of this.#subscribers) {
      try {
        if (subscriber.capture !== undefined) contexts.set(subscriber, subscriber.capture())
      } catch {
        // A subscriber that fails must not fail the call. Its context is missing.
      }
    }
    return contexts
  }

  /** Returns the engine's time, or the system's if the clock of the engine fails. */
  instant(): Instant {
    try {
      return this.#now()
    } catch {
      return Date.now()
    }
  }
}
