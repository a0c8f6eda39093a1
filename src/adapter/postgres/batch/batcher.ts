import { onAbort } from '../../call-signal.ts'

/** An operation in the queue, with functions that settle the caller's promise. */
interface Queued<Operation, Result> {
  readonly operation: Operation
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
  /**
   * `waiting` at first; `started` once the operation is part of a batch; `aborted` when the caller gave up before the
   * start.
   */
  state: 'waiting' | 'started' | 'aborted'
}
type Batch<Operation, Result> = readonly Queued<Operation, Result>[]

export interface BatcherOptions<Operation, Result> {
  /**
   * Runs a batch as a whole, and returns the results in the order of the operations. When `run` throws, no operation is
   * known to be done.
   */
  readonly run: (operations: readonly Operation[]) => Promise<readonly Result[]>
  /**
   * Starts a batch while the previous one is still being written, or returns `undefined` when it must wait for that. The
   * promise settles after that of the previous batch.
   */
  readonly runEarly: (operations: readonly Operation[]) => Promise<readonly Result[]> | undefined
  /** Whether an early batch that failed with this error runs again, after all other batches in flight have finished. */
  readonly isConflict: (error: unknown) => boolean
  /** Whether a single operation may have caused this error, so that each operation of the batch is run alone. */
  readonly isSplit: (error: unknown) => boolean
  /** The maximum number of operations in a batch. */
  readonly limit: number
  /** Whether an operation needs a batch of its own. */
  readonly isAlone: (operation: Operation) => boolean
  /** The error of an aborted call. `isStarted` tells whether the call's operation was already part of a batch. */
  readonly abortError: (isStarted: boolean) => Error
}

/**
 * An idle batcher with at least this many waiting operations starts a batch with half of the operations. The other half
 * is then decided while the first half is being written.
 */
const halvingThreshold = 32

/**
 * How many entries that are already taken may pile up at the head of the queue before the queue is copied without them.
 */
const compactionThreshold = 4_096

/**
 * Groups concurrent operations into batches, in order. While one batch is in flight the next one collects. It needs no timer,
 * so a lone caller never waits, and batches grow with the number of callers.
 */
export class Batcher<Operation, Result> {
  readonly #options: BatcherOptions<Operation, Result>
  #queue: Queued<Operation, Result>[] = []
  #next = 0
  #loop: Promise<void> | undefined
  /** Early batches that must run again, in order. */
  #reruns: Batch<Operation, Result>[] = []

  constructor(options: BatcherOptions<Operation, Result>) {
    this.#options = options
  }

  /** Runs an operation with the next batch. An operation that is aborted before the start of the batch never runs. */
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
    // Waiting one turn lets the callers of this turn, and those that the last batch resolved, join the same batch.
    for (await nextTurn(); this.#next < this.#queue.length || inFlight !== undefined; await nextTurn()) {
      const batch = this.#takeBatch(inFlight === undefined)
      const started = this.#startEarly(batch)
      await inFlight
      inFlight = started
      if (this.#reruns.length === 0 && (started !== undefined || batch.length === 0)) continue
      // Everything in flight finishes first, so that the batches that follow run alone.
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
      // `run` throws the same error again, and rejects the right callers.
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

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
