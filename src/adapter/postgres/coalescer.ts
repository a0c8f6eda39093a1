/** Something that waits to be done, and whoever waits for it. */
export interface Waiting<Item, Answer> {
  readonly item: Item
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

export interface CoalescerOptions<Item, Answer> {
  /** Does a batch as one: all of it, or, when it throws, nothing that is known of. Answers in the same order. */
  readonly run: (items: readonly Item[]) => Promise<readonly Answer[]>
  /** Whether what a batch threw may be the fault of one of its items, so that each should be tried by itself. */
  readonly isPoisoned: (error: unknown) => boolean
  /** The most items in a batch. */
  readonly limit: number
  /** Whether an item is to be alone in its batch. */
  readonly isAlone: (item: Item) => boolean
}

/**
 * One lane: while a batch is under way everything else waits, and the next batch is what waits by then, in order. Nothing
 * waits for a timer, so a lone caller is served at once; the more callers there are, the larger the batches.
 */
export class Coalescer<Item, Answer> {
  readonly #options: CoalescerOptions<Item, Answer>
  #queue: Waiting<Item, Answer>[] = []
  #next = 0
  #lane: Promise<void> | undefined

  constructor(options: CoalescerOptions<Item, Answer>) {
    this.#options = options
  }

  add(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, resolve, reject })
      this.#lane ??= this.#drive()
    })
  }

  /** Waits for everything that was added. */
  async settle(): Promise<void> {
    while (this.#lane !== undefined) await this.#lane
  }

  async #drive(): Promise<void> {
    // Callers of the same turn, and those who were answered by the last batch and go on at once, are in the same batch.
    for (await nextTurn(); this.#next < this.#queue.length; await nextTurn()) await this.#runBatch(this.#take())
    this.#lane = undefined
  }

  #take(): readonly Waiting<Item, Answer>[] {
    const { limit, isAlone } = this.#options
    const batch: Waiting<Item, Answer>[] = []
    while (batch.length < limit && this.#next < this.#queue.length) {
      const waiting = this.#queue[this.#next] as Waiting<Item, Answer>
      const alone = isAlone(waiting.item)
      if (alone && batch.length > 0) break
      batch.push(waiting)
      this.#next += 1
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

  async #runBatch(batch: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await this.#options.run(batch.map(({ item }) => item))
      batch.forEach(({ resolve }, i) => {
        resolve(answers[i] as Answer)
      })
    } catch (error) {
      if (batch.length > 1 && this.#options.isPoisoned(error))
        for (const waiting of batch) await this.#runBatch([waiting])
      else for (const { reject } of batch) reject(error)
    }
  }
}

/** When everything that can go on has gone on. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
