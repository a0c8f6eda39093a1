import { onAbort } from '../../../runtime/time/on-abort.ts'
import { yieldToOthers } from '../../../runtime/time/wait.ts'

/** An operation in the queue, with the functions that resolve or reject the caller's promise. */
interface Queued<Operation, Result> {
  readonly operation: Operation
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
  /**
   * The state of the operation. `waiting`: in the queue. `started`: part of a batch. `aborted`: the caller aborted the
   * operation while it was waiting.
   */
  state: 'waiting' | 'started' | 'aborted'
}
type Batch<Operation, Result> = readonly Queued<Operation, Result>[]

export interface BatcherOptions<Operation, Result> {
  /**
   * Runs a batch. Returns the results in the order of the operations. When `run` throws, the caller must assume that no
   * operation succeeded.
   */
  readonly run: (operations: readonly Operation[]) => Promise<readonly Result[]>
  /**
   * Starts a batch while the previous batch is still being written. Returns `undefined` when the batch must wait.
   * Otherwise returns a promise that settles after the promise of the previous batch.
   */
  readonly runEarly: (operations: readonly Operation[]) => Promise<readonly Result[]> | undefined
  /**
   * Whether an error is a conflict with another writer. After a conflict, a `runEarly` batch runs again as soon as no
   * batch is in flight.
   */
  readonly isConflict: (error: unknown) => boolean
  /**
   * Whether one operation alone may have caused the error of a batch. If so, each operation of the batch runs again
   * alone.
   */
  readonly isSplit: (error: unknown) => boolean
  /** The maximum number of operations in a batch. */
  readonly limit: number
  /** Whether an operation needs a batch of its own. */
  readonly isAlone: (operation: Operation) => boolean
  /** Creates the error of an aborted call. `isStarted` states whether the operation was already part of a batch. */
  readonly abortError: (isStarted: boolean) => Error
}

/**
 * The number of waiting operations from which an idle batcher starts two batches. The second half is decided while the
 * first half is being written.
 */
const halvingThreshold = 32

/**
 * The number of taken operations that may remain at the head of the queue array. Above this number, the array is copied
 * without them.
 */
const compactionThreshold = 4_096

/**
 * Groups concurrent operations into batches, in order. Operations that arrive during a batch form the next batch. Uses
 * no timer, so a single caller never waits. Batches grow with the number of callers.
 */
export class Batcher<Operation, Result> {
  readonly #options: BatcherOptions<Operation, Result>
  #queue: Queued<Operation, Result>[] = []
  #next = 0
  #loop: Promise<void> | undefined
  /** The failed `runEarly` batches that must run again, in order. */
  #reruns: Batch<Operation, Result>[] = []

  constructor(options: BatcherOptions<Operation, Result>) {
    this.#options = options
  }

  /**
   * Adds an operation to the next batch. Returns the result of the operation. An operation that is aborted before its
   * batch starts never runs.
   */
  add(operation: Operation, signal?: AbortSignal): Promise<Result> {
    return new Promise((resolve, reject) => {
      const queued: Queued<Operation, Result> = { operation, resolve, reject, state: 'waiting' }
      this.#queue.push(signal === undefined ? queued : this.#abortable(queued, signal))
      this.#loop ??= this.#runLoop()
    })
  }

  #abortable(queued: Queued<Operation, Result>, signal: AbortSignal): Queued<Operation, Result> {
    const abortable: Queued<Operation, Result> = {
      ...queued,
      resolve: (result) => {
        stop()
        queued.resolve(result)
      },
      reject: (error) => {
        stop()
        queued.reject(error)
      },
    }
    const stop = onAbort(signal, () => {
      const isStarted = abortable.state === 'started'
      if (!isStarted) abortable.state = 'aborted'
      abortable.reject(this.#options.abortError(isStarted))
    })
    return abortable
  }

  /** Resolves when the queue is empty and no batch is in flight. */
  async drain(): Promise<void> {
    while (this.#loop !== undefined) await this.#loop
  }

  async #runLoop(): Promise<void> {
    let inFlight: Promise<void> | undefined
    // Waits one turn, so that other callers of this turn, and callers that the last batch resolved, join this batch.
    for (await yieldToOthers(); this.#next < this.#queue.length || inFlight !== undefined; await yieldToOthers()) {
      const batch = this.#takeBatch(inFlight === undefined)
      const started = this.#startEarly(batch)
      await inFlight
      inFlight = started
      if (this.#reruns.length === 0 && (started !== undefined || batch.length === 0)) continue
      // Waits until nothing is in flight, since `run` must not overlap with another batch.
      await inFlight
      inFlight = undefined
      for (let rerun = this.#reruns.shift(); rerun !== undefined; rerun = this.#reruns.shift())
        await this.#runBatch(rerun)
      if (started === undefined && batch.length > 0) await this.#runBatch(batch)
    }
    this.#loop = undefined
  }

  #takeBatch(isIdle: boolean): Batch<Operation, Result> {
    const { limit, isAlone } = this.#options
    const waiting = this.#queue.length - this.#next
    const most = Math.min(limit, isIdle && waiting >= halvingThreshold ? Math.ceil(waiting / 2) : waiting)
    const batch: Queued<Operation, Result>[] = []
    while (batch.length < most && this.#next < this.#queue.length) {
      const queued = this.#queue[this.#next] as Queued<Operation, Result>
      const alone = isAlone(queued.operation)
      if (alone && batch.length > 0) break
      this.#next += 1
      if (queued.state === 'aborted') continue
      queued.state = 'started'
      batch.push(queued)
      if (alone) break
    }
    if (this.#next === this.#queue.length) {
      this.#queue = []
      this.#next = 0
    } else if (this.#next > compactionThreshold) {
      this.#queue = this.#queue.slice(this.#next)
      this.#next = 0
    }
    return batch
  }

  #startEarly(batch: Batch<Operation, Result>): Promise<void> | undefined {
    if (batch.length === 0) return undefined
    try {
      const early = this.#options.runEarly(batch.map(({ operation }) => operation))
      return early && this.#finishEarly(batch, early)
    } catch {
      // `run` will throw the same error again, and then the callers are rejected.
      return undefined
    }
  }

  async #finishEarly(batch: Batch<Operation, Result>, early: Promise<readonly Result[]>): Promise<void> {
    try {
      resolveAll(batch, await early)
    } catch (error) {
      const isRerun = this.#options.isConflict(error) || (batch.length > 1 && this.#options.isSplit(error))
      if (isRerun) this.#reruns.push(batch)
      else rejectAll(batch, error)
    }
  }

  async #runBatch(batch: Batch<Operation, Result>): Promise<void> {
    try {
      resolveAll(batch, await this.#options.run(batch.map(({ operation }) => operation)))
    } catch (error) {
      if (batch.length > 1 && this.#options.isSplit(error)) for (const queued of batch) await this.#runBatch([queued])
      else rejectAll(batch, error)
    }
  }
}

function resolveAll<Operation, Result>(batch: Batch<Operation, Result>, results: readonly Result[]): void {
  batch.forEach(({ resolve }, i) => {
    resolve(results[i] as Result)
  })
}

function rejectAll<Operation, Result>(batch: Batch<Operation, Result>, error: unknown): void {
  for (const { reject } of batch) reject(error)
}
