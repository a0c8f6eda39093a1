import { decide, type Writes } from '../../../ledger/decide.ts'
import { advanceTo, bookDue } from '../../../ledger/operation/due.ts'
import type { Instant } from '../../../model/value/instant.ts'
import { LedgerError } from '../../../port/ledger-error.ts'
import { ConflictError } from '../client/failure.ts'
import type { SqlSession } from '../client/sql-client.ts'
import { type ChangeSet, diffRows } from './change-set.ts'
import { encodeChangeSet } from './encode.ts'
import type { Operation, WriteOperation } from './operation.ts'
import { type Prefetched, prefetch, prefetchFromCache } from './prefetch.ts'
import type { RowCache } from './row-cache.ts'
import type { Store } from './statements.ts'
import { WorkingSet } from './working-set.ts'

/** How often a batch is decided on what may be out of date, and how often after that with its wallets locked. */
const optimisticTries = 4
const lockedTries = 6

export interface BatchRunnerOptions {
  readonly store: Store
  readonly shelf: RowCache
  readonly now: () => Instant
  readonly idRetention: number
  /** A hold that ended before this may be gone, however long ids are kept for by now. */
  readonly knownSince: () => Instant
}

/** What an item is answered with: the kernel's answer, or, for what was to be booked, how many entries that made. */
export type OperationAnswer = Writes[keyof Writes]['result'] | number

/**
 * Decides batches and has them written. A batch is decided by the kernel, one item after the other, on what this process
 * knows; if that turns out not to be true any more, nothing is written, and the batch is decided anew with the same ids.
 * When that has gone wrong several times, the wallets are locked first, so that no batch waits for ever.
 */
export class BatchRunner {
  readonly #options: BatchRunnerOptions
  /** The batch that was begun early last. */
  #writing: Promise<void> = Promise.resolve()

  constructor(options: BatchRunnerOptions) {
    this.#options = options
  }

  /** Answers a batch, which must be the only one under way in this process. */
  async run(items: readonly Operation[]): Promise<readonly OperationAnswer[]> {
    const { store, shelf } = this.#options
    shelf.tidy()
    this.#writing = Promise.resolve()
    for (let tries = 0; ; tries += 1) {
      try {
        if (tries < optimisticTries) return await this.#try(items, store.session, tries > 0)
        return await store.transaction((session) => this.#tryLocked(items, session))
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error
        if (tries + 1 >= optimisticTries + lockedTries) {
          throw new LedgerError('ledger_unavailable', 'not_applied', 'too many others write at the same time', {
            cause: error,
          })
        }
        await backOff(tries)
      }
    }
  }

  async #tryLocked(items: readonly Operation[], session: SqlSession): Promise<readonly OperationAnswer[]> {
    const { store, shelf } = this.#options
    const { seen } = await this.#gather(items, session, true)
    const numbers = seen.map(({ number }) => number)
    await store.lock(session, numbers)
    for (const number of numbers) shelf.drop(number)
    return this.#try(items, session, true)
  }

  async #try(
    items: readonly Operation[],
    session: SqlSession,
    isCareful: boolean,
  ): Promise<readonly OperationAnswer[]> {
    let gathered = await this.#gather(items, session, isCareful)
    let lapsed = 0
    while (gathered.isTruncated) {
      lapsed += (await this.#decide([], gathered, session)).entries
      gathered = await this.#gather(items, session, isCareful)
    }
    const { answers, entries } = await this.#decide(items, gathered, session)
    return answers.map((answer) => answer ?? lapsed + entries)
  }

  #gather(items: readonly Operation[], session: SqlSession, isCareful: boolean): Promise<Prefetched> {
    const { store, shelf, now } = this.#options
    return prefetch(items, { store, shelf, session, now, isCareful })
  }

  /** Has a batch decided and written. What was to be booked has no answer of its own, but how many entries there were. */
  async #decide(items: readonly Operation[], gathered: Prefetched, session: SqlSession) {
    const { desk, draft, answers } = this.#draw(items, gathered)
    await this.#write(gathered, draft, session)
    this.#remember(desk, draft)
    return { answers, entries: draft.entries.length }
  }

  /**
   * Decides a batch while the one before is being written, on what will be true when it is; `undefined` when something would
   * have to be looked up. It is written right after the one before, and comes to nothing with it.
   */
  runEarly(items: readonly Operation[]): Promise<readonly OperationAnswer[]> | undefined {
    const { store, shelf, now } = this.#options
    shelf.tidy()
    const gathered = prefetchFromCache(items, { store, shelf, session: store.session, now, isCareful: false })
    if (gathered === undefined) return undefined
    const { desk, draft, answers } = this.#draw(items, gathered)
    this.#remember(desk, draft)
    const writing = this.#writeAfter(this.#writing, gathered, draft)
    this.#writing = writing
    return writing.then(() => answers.map((answer) => answer ?? draft.entries.length))
  }

  async #writeAfter(before: Promise<void>, gathered: Prefetched, draft: ChangeSet): Promise<void> {
    const write = this.#writer(gathered, draft)
    try {
      await before.catch((cause: unknown) => {
        throw new ConflictError('the batch before came to nothing', { cause })
      })
      await write(this.#options.store.session)
    } catch (error) {
      this.#forget(gathered, draft)
      throw error
    }
  }

  #draw(items: readonly Operation[], gathered: Prefetched) {
    const { shelf, idRetention, knownSince } = this.#options
    const desk = new WorkingSet(gathered.papers, idRetention)
    desk.books.knownSince = knownSince()
    advanceTo(desk.books, gathered.at)
    const answers = items.map((item) =>
      item.write === 'book' ? bookAll(desk, item.wallets) : decideOperation(desk, item, gathered.at),
    )
    const draft = diffRows(desk, {
      keys: items.flatMap(keyOf),
      vacant: gathered.vacant,
      forced: this.#forcedBy(items),
      nextLapse: (number) => shelf.get(number)?.nextLapse ?? Number.POSITIVE_INFINITY,
    })
    return { desk, draft, answers }
  }

  /** What is booked for the sake of it is written, so that it is not found to be due again. */
  #forcedBy(items: readonly Operation[]): ReadonlySet<number> {
    const forced = new Set<number>()
    for (const item of items) {
      if (item.write !== 'book') continue
      for (const wallet of item.wallets) forced.add(this.#options.shelf.find(wallet)?.row.number ?? -1)
    }
    return forced
  }

  async #write(gathered: Prefetched, draft: ChangeSet, session: SqlSession): Promise<void> {
    try {
      await this.#writer(gathered, draft)(session)
    } catch (error) {
      this.#forget(gathered, draft)
      throw error
    }
  }

  /** All that is left to do to have a draft written: the arguments are made now, since later the database would wait for them. */
  #writer(
    { seen: rows, absentHolds, absentKeys, isFresh }: Prefetched,
    draft: ChangeSet,
  ): (session: SqlSession) => Promise<void> {
    const { store } = this.#options
    const opened = new Set(draft.openedHolds.map(({ id }) => id))
    const keyed = new Set(draft.keys.map(({ key }) => key))
    const seen = new Map(rows.map(({ number, version }) => [number, version]))
    for (const { row } of draft.wallets) seen.set(row.number, row.version - 1)
    const belief = {
      seen: [...seen],
      absentHolds: absentHolds.filter((id) => !opened.has(id)),
      absentKeys: absentKeys.filter((key) => !keyed.has(key)),
    }
    if (isEmpty(draft)) return isFresh ? async () => undefined : (session) => store.confirm(session, belief)
    const written = encodeChangeSet(belief, draft)
    return (session) => store.commit(session, written)
  }

  /** Drops what may not be true. */
  #forget(gathered: Prefetched, draft: ChangeSet): void {
    for (const { number } of gathered.seen) this.#options.shelf.drop(number)
    for (const { row } of draft.wallets) this.#options.shelf.drop(row.number)
  }

  /** Keeps what is true now that the batch is written. */
  #remember(desk: WorkingSet, draft: ChangeSet): void {
    const { shelf } = this.#options
    for (const { row } of draft.wallets) {
      const shelved = shelf.get(row.number)
      if (shelved === undefined) continue
      shelved.row = row
      shelved.nextLapse = row.nextLapse
    }
    for (const { hold } of desk.holds.values()) {
      if (hold.state !== 'held') continue
      for (const account of hold.path) {
        const shelved = shelf.get(desk.rows.get(account)?.number ?? -1)
        if (shelved !== undefined) shelved.nextLapse = Math.min(shelved.nextLapse, hold.expiresAt)
      }
    }
    for (const row of draft.openedHolds) shelf.putHold(row)
    for (const [, row] of draft.changedHolds) shelf.putHold(row)
  }
}

function decideOperation({ books }: WorkingSet, { write, request }: WriteOperation, at: Instant): OperationAnswer {
  return decide(write, books, request, at)
}

/** Books what is due at wallets. Who asked is told how many entries there were when all is done. */
function bookAll({ books }: WorkingSet, wallets: Extract<Operation, { write: 'book' }>['wallets']): undefined {
  for (const wallet of wallets) {
    const account = books.accounts.find(wallet)
    if (account !== undefined) bookDue(books, account, books.at)
  }
}

function keyOf(item: Operation): readonly string[] {
  if (item.write === 'book' || !('key' in item.request)) {
    return item.write === 'settle' && item.request.part !== undefined ? [item.request.part] : []
  }
  return [item.request.key]
}

function isEmpty({ wallets, openedHolds, changedHolds, keys }: ChangeSet): boolean {
  return wallets.length === 0 && openedHolds.length === 0 && changedHolds.length === 0 && keys.length === 0
}

/** Waits longer the more often it went wrong, and never as long as another process that was in the way. */
async function backOff(tries: number): Promise<void> {
  if (tries === 0) return
  const milliseconds = Math.random() * 2 ** Math.min(tries, 6)
  await new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })
}
