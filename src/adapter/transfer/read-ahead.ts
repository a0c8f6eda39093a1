/** Texts of which the first was read already. */
export interface Ahead {
  /** All of them, to be read once. What is no list of texts is left as it is. */
  readonly rest: unknown
  /** What they have thrown. */
  readonly failure: { readonly error: unknown } | undefined
  /** Gives back what stands behind them. */
  leave(): Promise<void>
}

/**
 * Reads the first of some texts before anything is begun that they might have to wait for: the export of a ledger that has
 * one connection together with whoever imports it is done by then.
 */
export async function readAhead(texts: unknown): Promise<Ahead> {
  const iterator = findIterator(texts)
  if (iterator === undefined) return { rest: texts, failure: undefined, leave: async () => undefined }
  const first = await iterator.next()
  const ahead = { failure: undefined as Ahead['failure'], rest: rest(), leave }

  async function* rest(): AsyncGenerator<unknown, undefined> {
    try {
      for (let next = first; next.done !== true; next = (await iterator?.next()) ?? finished) yield next.value
    } catch (error) {
      ahead.failure = { error }
      throw error
    }
  }
  async function leave(): Promise<void> {
    await iterator?.return?.()
  }
  return ahead
}

/**
 * Texts that are listened to from now on, to be read once: a stream that waits for nobody loses what comes before. What is no
 * such stream is left as it is.
 */
export function listen(texts: unknown): unknown {
  if (!isStream(texts)) return texts
  const iterator = texts[Symbol.asyncIterator]()
  return { [Symbol.asyncIterator]: () => iterator }
}

/** Gives back what stands behind texts that were listened to, and that nobody will read. */
export async function leave(texts: unknown): Promise<void> {
  if (isStream(texts)) await texts[Symbol.asyncIterator]().return?.()
}

const finished: IteratorResult<unknown> = { done: true, value: undefined }

function findIterator(texts: unknown): AsyncIterator<unknown> | Iterator<unknown> | undefined {
  if (typeof texts === 'string') return texts[Symbol.iterator]()
  if (isStream(texts)) return texts[Symbol.asyncIterator]()
  if (typeof texts !== 'object' || texts === null) return undefined
  return Symbol.iterator in texts ? (texts as Iterable<unknown>)[Symbol.iterator]() : undefined
}

function isStream(texts: unknown): texts is AsyncIterable<unknown> {
  return typeof texts === 'object' && texts !== null && Symbol.asyncIterator in texts
}
