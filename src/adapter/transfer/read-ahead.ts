/** The records of an import after `readAhead` has read the first record. */
export interface Ahead {
  /**
   * All records, including the first record. Can be iterated once. If the records are not iterable, `rest` is the
   * unchanged value.
   */
  readonly rest: unknown
  /** The error that the source of the records threw, if any. */
  readonly failure: { readonly error: unknown } | undefined
  /** Closes the iterator that reads the records. */
  close(): Promise<void>
}

/**
 * Reads the first record before the import opens its transaction. This avoids a deadlock when another ledger exports
 * the records over the same single database connection.
 */
export async function readAhead(records: unknown): Promise<Ahead> {
  const iterator = findIterator(records)
  if (iterator === undefined) return { rest: records, failure: undefined, close: async () => undefined }
  const first = await iterator.next()
  const ahead = { failure: undefined as Ahead['failure'], rest: rest(), close }

  async function* rest(): AsyncGenerator<unknown, undefined> {
    try {
      for (let next = first; next.done !== true; next = (await iterator?.next()) ?? finished) yield next.value
    } catch (error) {
      ahead.failure = { error }
      throw error
    }
  }
  async function close(): Promise<void> {
    await iterator?.return?.()
  }
  return ahead
}

/**
 * Opens the iterator of an async iterable immediately. A stream that does not buffer, such as `readline`, then loses no
 * lines before the import starts. Returns any other value unchanged. The result can be iterated once.
 */
export function startReading(records: unknown): unknown {
  if (!isStream(records)) return records
  const iterator = records[Symbol.asyncIterator]()
  return { [Symbol.asyncIterator]: () => iterator }
}

/** Closes records that `startReading` has opened. Call when the import does not read the records. */
export async function closeRecords(records: unknown): Promise<void> {
  if (isStream(records)) await records[Symbol.asyncIterator]().return?.()
}

const finished: IteratorResult<unknown> = { done: true, value: undefined }

function findIterator(records: unknown): AsyncIterator<unknown> | Iterator<unknown> | undefined {
  if (typeof records === 'string') return records[Symbol.iterator]()
  if (isStream(records)) return records[Symbol.asyncIterator]()
  if (typeof records !== 'object' || records === null) return undefined
  return Symbol.iterator in records ? (records as Iterable<unknown>)[Symbol.iterator]() : undefined
}

function isStream(records: unknown): records is AsyncIterable<unknown> {
  return typeof records === 'object' && records !== null && Symbol.asyncIterator in records
}
