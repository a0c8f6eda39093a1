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

const finished: IteratorResult<unknown> = { done: true, value: undefined }

function findIterator(texts: unknown): AsyncIterator<unknown> | Iterator<unknown> | undefined {
  if (typeof texts === 'string') return texts[Symbol.iterator]()
  if (typeof texts !== 'object' || texts === null) return undefined
  if (Symbol.asyncIterator in texts) return (texts as AsyncIterable<unknown>)[Symbol.asyncIterator]()
  return Symbol.iterator in texts ? (texts as Iterable<unknown>)[Symbol.iterator]() : undefined
}
