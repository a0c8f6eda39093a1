import { onAbort } from '../../call-signal.ts'

/** Something that waits to be done, and whoever waits for it. */
interface Waiting<Item, Answer> {
  readonly item: Item
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
  /** Whether it is in a batch, or nobody waits for it any more. */
  state: 'waiting' | 'taken' | 'gone'
}
type Batch<Item, Answer> = readonly Waiting<Item, Answer>[]

export interface BatcherOptions<Item, Answer> {
  /** Does a batch as one: all of it, or, when it throws, nothing that is known of. Answers in the same order. */
  readonly run: (items: readonly Item[]) => Promise<readonly Answer[]>
  /**
   * Begins a batch while the one before is still under way, if that can be done; the promise is kept after that of the one
   * before. `undefined` for a batch that must wait.
   */
  readonly runEarly: (items: readonly Item[]) => Promise<readonly Answer[]> | undefined
  /** Whether what an early batch threw only means that it must be done again, when nothing else is under way. */
  readonly isOvertaken: (error: unknown) => boolean
  /** Whether what a batch threw may be the fault of one of its items, so that each should be tried by itself. */
  readonly isPoisoned: (error: unknown) => boolean
  /** The most items in a batch. */
  readonly limit: number
  /** Whether an item is to be alone in its batch. */
  readonly isAlone: (item: Item) => boolean
  /** What somebody is told who stops waiting, after it was begun or before, in which case it is never begun. */
  readonly givenUp: (isBegun: boolean) => Error
}

/** From so many waiting on, two batches are made of them, so that one is decided while the other is written. */
const worthHalving = 32

/**
 * One lane: while a batch is under way the next one is what waits by then, in order, and is written when the one before is.
 * Nothing waits for a timer, so a lone caller is served at once; the more callers there are, the larger the batches.
 */
export class Batcher<Item, Answer> {
  readonly #options: BatcherOptions<Item, Answer>
  #queue: Waiting<Item, Answer>[] = []
  #next = 0
  #lane: Promise<void> | undefined
  /** Batches that were begun early and have to be done again, in order. */
  #again: Batch<Item, Answer>[] = []

  constructor(options: BatcherOptions<Item, Answer>) {
    this.#options = options
  }

  /** Does something with the next batch, unless whoever asked gives it up before. */
  add(item: Item, signal?: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting<Item, Answer> = { item, resolve, reject, state: 'waiting' }
      this.#queue.push(signal === undefined ? waiting : this.#listen(waiting, signal))
      this.#lane ??= this.#drive()
    })
  }

  #listen(waiting: Waiting<Item, Answer>, signal: AbortSignal): Waiting<Item, Answer> {
    const heard: Waiting<Item, Answer> = {
      ...waiting,
      resolve: (answer) => {
        stop()
        waiting.resolve(answer)
      },
      reject: (error) => {
        stop()
        waiting.reject(error)
      },
    }
    const stop = onAbort(signal, () => {
      const isBegun = heard.state === 'taken'
      if (!isBegun) heard.state = 'gone'
      heard.reject(this.#options.givenUp(isBegun))
    })
    return heard
  }

  /** Waits for everything that was added. */
  async settle(): Promise<void> {
    while (this.#lane !== undefined) await this.#lane
  }

  async #drive(): Promise<void> {
    let flying: Promise<void> | undefined
    // Callers of the same turn, and those who were answered by the last batch and go on at once, are in the same batch.
    for (await nextTurn(); this.#next < this.#queue.length || flying !== undefined; await nextTurn()) {
      const batch = this.#take(flying === undefined)
      const begun = this.#beginEarly(batch)
      await flying
      flying = begun
      if (this.#again.length === 0 && (begun !== undefined || batch.length === 0)) continue
      // Whatever is under way is waited for, so that what is done now is done alone.
      await flying
      flying = undefined
      for (let one = this.#again.shift(); one !== undefined; one = this.#again.shift()) await this.#runBatch(one)
      if (begun === undefined && batch.length > 0) await this.#runBatch(batch)
    }
    this.#lane = undefined
  }

  #take(isIdle: boolean): Batch<Item, Answer> {
    const { limit, isAlone } = this.#options
    const waiting = this.#queue.length - this.#next
    const most = Math.min(limit, isIdle && waiting >= worthHalving ? Math.ceil(waiting / 2) : waiting)
    const batch: Waiting<Item, Answer>[] = []
    while (batch.length < most && this.#next < this.#queue.length) {
      const one = this.#queue[this.#next] as Waiting<Item, Answer>
      const alone = isAlone(one.item)
      if (alone && batch.length > 0) break
      this.#next += 1
      if (one.state === 'gone') continue
      one.state = 'taken'
      batch.push(one)
      if (alone) break
    }
    if (this.#next === this.#queue.length) {
      this.#queue = []
      this.#next = 0
    } else if (this.#next > 4_096) {
      this.#queue = this.#queue.slice(this.#next)
      this.#next = 0
    }
    return batch
  }

  #beginEarly(batch: Batch<Item, Answer>): Promise<void> | undefined {
    if (batch.length === 0) return undefined
    try {
      const early = this.#options.runEarly(batch.map(({ item }) => item))
      return early && this.#finishEarly(batch, early)
    } catch {
      // Done by itself it throws the same, to whoever it concerns.
      return undefined
    }
  }

  async #finishEarly(batch: Batch<Item, Answer>, early: Promise<readonly Answer[]>): Promise<void> {
    try {
      answerAll(batch, await early)
    } catch (error) {
      const isAgain = this.#options.isOvertaken(error) || (batch.length > 1 && this.#options.isPoisoned(error))
      if (isAgain) this.#again.push(batch)
      else rejectAll(batch, error)
    }
  }

  async #runBatch(batch: Batch<Item, Answer>): Promise<void> {
    try {
      answerAll(batch, await this.#options.run(batch.map(({ item }) => item)))
    } catch (error) {
      if (batch.length > 1 && this.#options.isPoisoned(error))
        for (const waiting of batch) await this.#runBatch([waiting])
      else rejectAll(batch, error)
    }
  }
}

function answerAll<Item, Answer>(batch: Batch<Item, Answer>, answers: readonly Answer[]): void {
  batch.forEach(({ resolve }, i) => {
    resolve(answers[i] as Answer)
  })
}

function rejectAll<Item, Answer>(batch: Batch<Item, Answer>, error: unknown): void {
  for (const { reject } of batch) reject(error)
}

/** When everything that can go on has gone on. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
