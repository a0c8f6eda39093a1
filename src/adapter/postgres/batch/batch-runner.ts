import { decideWrite, type Writes } from '../../../ledger/decide.ts'
import { advanceTo, bookDue } from '../../../ledger/operation/due.ts'
import type { Instant } from '../../../model/value/instant.ts'
import { ConflictError, conflictForCaller } from '../client/failure.ts'
import type { SqlSession } from '../client/sql-client.ts'
import { type ChangeSet, isEmpty } from './change-set.ts'
import { diffRows } from './diff-rows.ts'
import { encodeChangeSet } from './encode.ts'
import { keysOf, type Operation, type WriteOperation } from './operation.ts'
import { type Prefetched, prefetch, prefetchFromCache } from './prefetch.ts'
import type { RowCache } from './row-cache.ts'
import type { Store } from './statements.ts'
import { WorkingSet } from './working-set.ts'

/**
 * The maximum number of tries of a batch without locks, on rows that may be outdated. Up to `lockedTries` tries with
 * locked wallets follow.
 */
const optimisticTries = 4
const lockedTries = 6

export interface BatchRunnerOptions {
  readonly store: Store
  readonly cache: RowCache
  readonly now: () => Instant
  readonly idRetention: number
  /**
   * Returns the instant before which ended holds may be unknown. A sweep under a shorter retention may have deleted
   * them.
   */
  readonly knownSince: () => Instant
}

/**
 * The result of an operation. The result of `book` is the number of entries written. The result of any other write
 * comes from the kernel.
 */
export type OperationResult = Writes[keyof Writes]['result'] | number

/**
 * A decided batch, before its write. The result of a `book` operation is `undefined` until the entries of the batch are
 * counted.
 */
interface DecidedBatch {
  readonly workingSet: WorkingSet
  readonly changes: ChangeSet
  readonly results: readonly (OperationResult | undefined)[]
}

/**
 * Decides batches of operations and writes them to the database, with optimistic concurrency control. The kernel
 * decides on cached or loaded rows. If a row is outdated, the commit writes nothing and the same batch is decided
 * again: at most 4 tries without locks, then at most 6 tries with locked wallets.
 */
export class BatchRunner {
  readonly #options: BatchRunnerOptions
  /** The write of the latest `runEarly` batch. Rejects when the write fails. */
  #writing: Promise<void> = Promise.resolve()

  constructor(options: BatchRunnerOptions) {
    this.#options = options
  }

  /**
   * Decides and writes a batch. Must not be called while another batch of this process is in flight.
   * @throws {LedgerError} when the database fails, or every try ends in a conflict
   */
  async run(operations: readonly Operation[]): Promise<readonly OperationResult[]> {
    const { store, cache } = this.#options
    cache.trim()
    this.#writing = Promise.resolve()
    for (let tries = 0; ; tries += 1) {
      try {
        if (tries < optimisticTries) return await this.#try(operations, store.session, tries > 0)
        return await store.transaction((session) => this.#tryLocked(operations, session))
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error
        if (tries + 1 >= optimisticTries + lockedTries) throw conflictForCaller(error)
        await backOff(tries)
      }
    }
  }

  async #tryLocked(operations: readonly Operation[], session: SqlSession): Promise<readonly OperationResult[]> {
    const { store, cache } = this.#options
    const { readSet } = await this.#prefetch(operations, session, true)
    const numbers = readSet.map(({ number }) => number)
    await store.lock(session, numbers)
    for (const number of numbers) cache.drop(number)
    return this.#try(operations, session, true)
  }

  async #try(
    operations: readonly Operation[],
    session: SqlSession,
    checksNewIds: boolean,
  ): Promise<readonly OperationResult[]> {
    let prefetched = await this.#prefetch(operations, session, checksNewIds)
    let lapseEntries = 0
    while (prefetched.isTruncated) {
      lapseEntries += (await this.#decideAndWrite([], prefetched, session)).entryCount
      prefetched = await this.#prefetch(operations, session, checksNewIds)
    }
    const { results, entryCount } = await this.#decideAndWrite(operations, prefetched, session)
    return results.map((result) => result ?? lapseEntries + entryCount)
  }

  #prefetch(operations: readonly Operation[], session: SqlSession, checksNewIds: boolean): Promise<Prefetched> {
    const { store, cache, now } = this.#options
    return prefetch(operations, { store, cache, session, now, checksNewIds })
  }

  async #decideAndWrite(operations: readonly Operation[], prefetched: Prefetched, session: SqlSession) {
    const { workingSet, changes, results } = this.#decide(operations, prefetched)
    await this.#write(prefetched, changes, session)
    this.#updateCache(workingSet, changes)
    return { results, entryCount: changes.entries.length }
  }

  /**
   * Decides a batch while the previous batch is still being written, and writes the new batch afterwards. Decides on
   * cached rows, which include the changes of the previous batch. Returns `undefined` when a row is not cached. When
   * the previous batch fails, the new batch fails with a `ConflictError`.
   */
  runEarly(operations: readonly Operation[]): Promise<readonly OperationResult[]> | undefined {
    const { store, cache, now } = this.#options
    cache.trim()
    const options = { store, cache, session: store.session, now, checksNewIds: false }
    const prefetched = prefetchFromCache(operations, options)
    if (prefetched === undefined) return undefined
    const { workingSet, changes, results } = this.#decide(operations, prefetched)
    this.#updateCache(workingSet, changes)
    const writing = this.#writeAfter(this.#writing, prefetched, changes)
    this.#writing = writing
    return writing.then(() => results.map((result) => result ?? changes.entries.length))
  }

  async #writeAfter(previous: Promise<void>, prefetched: Prefetched, changes: ChangeSet): Promise<void> {
    const write = this.#writer(prefetched, changes)
    try {
      await previous.catch((cause: unknown) => {
        throw new ConflictError('the previous batch failed', { cause })
      })
      await write(this.#options.store.session)
    } catch (error) {
      this.#evict(prefetched, changes)
      throw error
    }
  }

  #decide(operations: readonly Operation[], prefetched: Prefetched): DecidedBatch {
    const { cache, idRetention, knownSince } = this.#options
    const workingSet = new WorkingSet(prefetched.rows, idRetention)
    workingSet.books.knownSince = knownSince()
    advanceTo(workingSet.books, prefetched.at)
    const results = operations.map((operation) =>
      operation.write === 'book'
        ? bookWallets(workingSet, operation.wallets)
        : decideOperation(workingSet, operation, prefetched.at),
    )
    const changes = diffRows(workingSet, {
      keys: keysOf(operations),
      placeholders: prefetched.placeholders,
      forced: this.#bookedWallets(operations),
      nextLapse: (number) => cache.get(number)?.nextLapse ?? Number.POSITIVE_INFINITY,
    })
    return { workingSet, changes, results }
  }

  /**
   * Returns the numbers of the wallets of all `book` operations. The batch writes even unchanged rows of these wallets,
   * to update the column `due_at`.
   */
  #bookedWallets(operations: readonly Operation[]): ReadonlySet<number> {
    const numbers = new Set<number>()
    for (const operation of operations) {
      if (operation.write !== 'book') continue
      for (const wallet of operation.wallets) numbers.add(this.#options.cache.find(wallet)?.row.number ?? -1)
    }
    return numbers
  }

  async #write(prefetched: Prefetched, changes: ChangeSet, session: SqlSession): Promise<void> {
    try {
      await this.#writer(prefetched, changes)(session)
    } catch (error) {
      this.#evict(prefetched, changes)
      throw error
    }
  }

  /**
   * Encodes a change set immediately. Returns a function that sends the encoded change set. Encoding thus overlaps with
   * the write of the previous batch.
   */
  #writer(
    { readSet, absentWallets, unbookedHolds, absentHolds, absentKeys, isFresh }: Prefetched,
    changes: ChangeSet,
  ): (session: SqlSession) => Promise<void> {
    const { store } = this.#options
    const newHolds = new Set(changes.insertedHolds.map(({ id }) => id))
    const newKeys = new Set(changes.insertedKeys.map(({ key }) => key))
    const versions = new Map(readSet.map(({ number, version }) => [number, version]))
    for (const { row } of changes.wallets) versions.set(row.number, row.version - 1)
    const preconditions = {
      versions: [...versions],
      absentWallets,
      unbookedHolds,
      absentHolds: absentHolds.filter((id) => !newHolds.has(id)),
      absentKeys: absentKeys.filter((key) => !newKeys.has(key)),
    }
    if (isEmpty(changes))
      return isFresh ? async () => undefined : (session) => store.checkPreconditions(session, preconditions)
    const encoded = encodeChangeSet(preconditions, changes)
    return (session) => store.commit(session, encoded)
  }

  /** Evicts the rows of a failed batch from the cache. They may be outdated or unwritten. */
  #evict({ readSet, absentWallets }: Prefetched, changes: ChangeSet): void {
    for (const wallet of absentWallets) this.#options.cache.dropAbsent(wallet)
    for (const { number } of readSet) this.#options.cache.drop(number)
    for (const { row } of changes.wallets) this.#options.cache.drop(row.number)
  }

  /**
   * Stores the changed rows of a batch in the cache. Call after the batch is written, or before the next batch is
   * decided.
   */
  #updateCache(workingSet: WorkingSet, changes: ChangeSet): void {
    const { cache } = this.#options
    for (const { row } of changes.wallets) {
      const cached = cache.get(row.number)
      if (cached === undefined) continue
      cached.row = row
      cached.nextLapse = row.nextLapse
    }
    for (const { hold } of workingSet.holds.values()) {
      if (hold.state !== 'held') continue
      for (const account of hold.path) {
        const cached = cache.get(workingSet.rows.get(account)?.number ?? -1)
        if (cached !== undefined) cached.nextLapse = Math.min(cached.nextLapse, hold.expiresAt)
      }
    }
    for (const row of changes.insertedHolds) cache.putHold(row)
    for (const [, row] of changes.updatedHolds) cache.putHold(row)
  }
}

function decideOperation({ books }: WorkingSet, { write, request }: WriteOperation, at: Instant): OperationResult {
  return decideWrite(write, books, request, at)
}

/**
 * Books the due items of wallets in the working set. Returns no result, because the entries are counted after the whole
 * batch is decided.
 */
function bookWallets({ books }: WorkingSet, wallets: Extract<Operation, { write: 'book' }>['wallets']): undefined {
  for (const wallet of wallets) {
    const account = books.accounts.find(wallet)
    if (account !== undefined) bookDue(books, account, books.at)
  }
}

/** Waits for a random time between 0 and min(2^tries, 64) milliseconds. Does not wait when `tries` is 0. */
async function backOff(tries: number): Promise<void> {
  if (tries === 0) return
  const milliseconds = Math.random() * 2 ** Math.min(tries, 6)
  await new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })
}
