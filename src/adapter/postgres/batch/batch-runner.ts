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
 * How often a batch is tried on rows that may be outdated. After that the batch is tried `lockedTries` times with its
 * wallets locked first.
 */
const optimisticTries = 4
const lockedTries = 6

export interface BatchRunnerOptions {
  readonly store: Store
  readonly cache: RowCache
  readonly now: () => Instant
  readonly idRetention: number
  /**
   * The instant since which ended holds are known. A hold that ended earlier may have been purged under a shorter
   * retention than today's.
   */
  readonly knownSince: () => Instant
}

/** The result of an operation: what the kernel returned, or for `book` the number of entries written. */
export type OperationResult = Writes[keyof Writes]['result'] | number

/** A decided batch that is not written yet. A `book` operation has no result until the entries are counted. */
interface DecidedBatch {
  readonly workingSet: WorkingSet
  readonly changes: ChangeSet
  readonly results: readonly (OperationResult | undefined)[]
}

/**
 * Decides batches and writes them under optimistic concurrency control. The kernel decides each operation in turn on cached
 * or loaded rows; the commit fails, and writes nothing, when one of these rows is outdated. Then the batch is decided again
 * with the same ids, up to four times optimistically and six times with its wallets locked.
 */
export class BatchRunner {
  readonly #options: BatchRunnerOptions
  /** Settles when the latest batch of `runEarly` has been written or has failed. */
  #writing: Promise<void> = Promise.resolve()

  constructor(options: BatchRunnerOptions) {
    this.#options = options
  }

  /**
   * Decides and writes a batch. No other batch of this process may be in flight.
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
   * Decides a batch on the cached outcome of the previous one, which is still being written, and writes it right after that;
   * when the previous batch fails, this one fails with a `ConflictError`. Returns `undefined` when a row is not cached.
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
      keys: operations.flatMap(keysOf),
      placeholders: prefetched.placeholders,
      forced: this.#bookedWallets(operations),
      nextLapse: (number) => cache.get(number)?.nextLapse ?? Number.POSITIVE_INFINITY,
    })
    return { workingSet, changes, results }
  }

  /**
   * The numbers of the wallets of `book` operations. These wallets are written even when unchanged, so that `due_at`
   * moves on.
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
   * Returns a function that sends a change set. The change set is encoded before the return, while the previous batch
   * is still being written.
   */
  #writer(
    { readSet, absentHolds, absentKeys, isFresh }: Prefetched,
    changes: ChangeSet,
  ): (session: SqlSession) => Promise<void> {
    const { store } = this.#options
    const newHolds = new Set(changes.insertedHolds.map(({ id }) => id))
    const newKeys = new Set(changes.insertedKeys.map(({ key }) => key))
    const versions = new Map(readSet.map(({ number, version }) => [number, version]))
    for (const { row } of changes.wallets) versions.set(row.number, row.version - 1)
    const preconditions = {
      versions: [...versions],
      absentHolds: absentHolds.filter((id) => !newHolds.has(id)),
      absentKeys: absentKeys.filter((key) => !newKeys.has(key)),
    }
    if (isEmpty(changes))
      return isFresh ? async () => undefined : (session) => store.checkPreconditions(session, preconditions)
    const encoded = encodeChangeSet(preconditions, changes)
    return (session) => store.commit(session, encoded)
  }

  /** Evicts the rows of a batch that failed, since the rows may be outdated or were never written. */
  #evict({ readSet }: Prefetched, changes: ChangeSet): void {
    for (const { number } of readSet) this.#options.cache.drop(number)
    for (const { row } of changes.wallets) this.#options.cache.drop(row.number)
  }

  /** Caches the rows of a batch that is written, or that will be written before the next batch. */
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

/** Books what is due at some wallets. Returns `undefined`, since the entries are counted once the whole batch is decided. */
function bookWallets({ books }: WorkingSet, wallets: Extract<Operation, { write: 'book' }>['wallets']): undefined {
  for (const wallet of wallets) {
    const account = books.accounts.find(wallet)
    if (account !== undefined) bookDue(books, account, books.at)
  }
}

/**
 * Waits for a random time of at most 2^tries milliseconds, and never more than 64. Does not wait before the first
 * retry.
 */
async function backOff(tries: number): Promise<void> {
  if (tries === 0) return
  const milliseconds = Math.random() * 2 ** Math.min(tries, 6)
  await new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })
}
