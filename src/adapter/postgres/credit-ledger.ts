import type { Write, Writes } from '../../ledger/decide.ts'
import { sweepLimit } from '../../ledger/operation/due.ts'
import { readRelease, readReserve, readSettle } from '../../ledger/read-frequent-request.ts'
import { readAfter, readListing, readRequest, readWalletArgument, readWhen } from '../../ledger/read-request.ts'
import { isIdText } from '../../ledger/same.ts'
import { balanceOf, emptyBalance, walletState } from '../../ledger/view.ts'
import type { WalletLevel } from '../../model/noun/wallet.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Clock } from '../../port/clock.ts'
import type { CallOptions, CreditLedger } from '../../port/credit-ledger.ts'
import { LedgerError } from '../../port/ledger-error.ts'
import type * as requests from '../../port/ledger-request.ts'
import type * as results from '../../port/ledger-result.ts'
import type { HoldState, WalletPage, WalletState } from '../../port/ledger-state.ts'
import { givenUp, signalOf } from '../call-signal.ts'
import { idRetentionOf } from '../id-retention.ts'
import { startReading } from '../transfer/read-ahead.ts'
import { BatchRunner, type OperationResult } from './batch/batch-runner.ts'
import { Batcher } from './batch/batcher.ts'
import type { Operation } from './batch/operation.ts'
import { purge } from './batch/retention.ts'
import { RowCache } from './batch/row-cache.ts'
import { closed, type Store } from './batch/statements.ts'
import { ConflictError, failureAfterWrite, failureForCaller } from './client/failure.ts'
import type { SqlClient } from './client/sql-client.ts'
import { LedgerConnection } from './connection.ts'
import { type AccountSource, findAccount, findHoldState } from './read/current-state.ts'
import { listStoredWallets } from './read/list-wallets.ts'
import { entriesAfter, pastBalance } from './read/statement.ts'
import { verifyStore } from './read/verify.ts'
import { defaultSchema, quoteSchema } from './schema/schema-name.ts'
import { exportStore } from './transfer/export.ts'
import { importStore } from './transfer/import.ts'

export interface PostgresCreditLedgerOptions {
  /**
   * The database client, made by `fromPool` or `fromPglite`. The caller closes the client; the ledger's `close` leaves
   * it open.
   */
  readonly client: SqlClient
  /** The schema that `migrate` created. Default: `portcullis`. */
  readonly schema?: string
  /**
   * The retention in milliseconds (at least 1,000): how long the ledger remembers an idempotency key after its write,
   * and a hold after its end. Default: one day.
   */
  readonly idRetention?: number
  /**
   * The ledger's clock. Every process must share one clock. When the clock is set back, the ledger keeps using the latest
   * instant that it has seen. Default: the database's clock.
   */
  readonly clock?: Clock
  /** The maximum number of writes in one statement. Default: 256. */
  readonly batchLimit?: number
}

/** The maximum number of wallets in one `book` operation, which books the due items of its wallets. */
const bookLimit = 1_000

/**
 * Creates a ledger that stores its data in PostgreSQL or PGlite. Any number of processes can share a PostgreSQL ledger.
 * Concurrent writes of one process share a statement, so the cost of a write falls as the number of callers grows.
 * @throws {TypeError} when `client` is not a client
 * @throws {RangeError} when another option is out of range
 */
export function createPostgresCreditLedger(options: PostgresCreditLedgerOptions): CreditLedger {
  const client: Partial<SqlClient> | undefined = options?.client
  if (typeof client?.query !== 'function' || typeof client.transaction !== 'function')
    throw new TypeError('expected a client with `query` and `transaction`, made by `fromPool` or `fromPglite`')
  return new PostgresCreditLedger(options)
}

class PostgresCreditLedger implements CreditLedger {
  readonly capabilities: results.LedgerCapabilities
  readonly #connection: LedgerConnection
  readonly #store: Store
  readonly #batcher: Batcher<Operation, OperationResult>
  #isClosed = false

  constructor(options: PostgresCreditLedgerOptions) {
    const { client, schema = defaultSchema, clock, batchLimit = 256 } = options
    const idRetention = idRetentionOf(options)
    if (!Number.isSafeInteger(batchLimit) || batchLimit < 1)
      throw new RangeError(`expected \`batchLimit\` to be an integer of at least 1, not \`${batchLimit}\``)
    const connection = new LedgerConnection({ client, schema: quoteSchema(schema), idRetention, clock })
    const batchRunner = new BatchRunner({
      store: connection.store,
      cache: new RowCache(),
      now: () => connection.now(),
      idRetention,
      knownSince: () => connection.knownSince,
    })
    this.#connection = connection
    this.#store = connection.store
    this.#batcher = new Batcher({
      run: async (operations) => {
        await connection.ready()
        return batchRunner.run(operations)
      },
      runEarly: (operations) => (connection.isReady ? batchRunner.runEarly(operations) : undefined),
      isConflict: (error) => error instanceof ConflictError,
      isSplit: (error) => !(error instanceof LedgerError),
      isAlone: ({ write }) => write === 'putWallet' || write === 'book',
      abortError: givenUp,
      limit: batchLimit,
    })
    const { isDurable = true, isShared = true } = client
    this.capabilities = Object.freeze({ isDurable, isShared, idRetention })
  }

  async putWallet(input: requests.PutWallet, options?: CallOptions): Promise<results.PutWalletResult> {
    return this.#writeInput('putWallet', input, options)
  }

  async grant(input: requests.Grant, options?: CallOptions): Promise<results.GrantResult> {
    return this.#writeInput('grant', input, options)
  }

  async revoke(input: requests.Revoke, options?: CallOptions): Promise<results.RevokeResult> {
    return this.#writeInput('revoke', input, options)
  }

  async putAllowance(input: requests.PutAllowance, options?: CallOptions): Promise<results.PutAllowanceResult> {
    return this.#writeInput('putAllowance', input, options)
  }

  async reserve(input: requests.Reserve, options?: CallOptions): Promise<results.ReserveResult> {
    const request = readReserve(input)
    return request === undefined
      ? this.#writeInput('reserve', input, options)
      : this.#write('reserve', request, options)
  }

  async extend(input: requests.Extend, options?: CallOptions): Promise<results.ExtendResult> {
    return this.#writeInput('extend', input, options)
  }

  async settle(input: requests.Settle, options?: CallOptions): Promise<results.SettleResult> {
    const request = readSettle(input)
    return request === undefined ? this.#writeInput('settle', input, options) : this.#write('settle', request, options)
  }

  async release(input: requests.Release, options?: CallOptions): Promise<results.ReleaseResult> {
    const request = readRelease(input)
    return request === undefined
      ? this.#writeInput('release', input, options)
      : this.#write('release', request, options)
  }

  async charge(input: requests.Charge, options?: CallOptions): Promise<results.ChargeResult> {
    return this.#writeInput('charge', input, options)
  }

  async refund(input: requests.Refund, options?: CallOptions): Promise<results.RefundResult> {
    return this.#writeInput('refund', input, options)
  }

  async balance(input: WalletLevel, when?: { at: Instant } | { sequence: number }): Promise<results.Balance> {
    const bound = when === undefined ? undefined : readWhen(when)
    const wallet = readWalletArgument(input)
    return this.#query(async () => {
      const found = await findAccount(this.#source(), wallet)
      if (found === undefined) return emptyBalance
      return bound === undefined ? balanceOf(found.account) : await pastBalance(this.#store, found.number, bound)
    })
  }

  async wallet(input: WalletLevel): Promise<WalletState | undefined> {
    const wallet = readWalletArgument(input)
    const found = await this.#query(() => findAccount(this.#source(), wallet))
    return found && walletState(found.books, found.account)
  }

  async listWallets(input?: requests.ListWallets): Promise<WalletPage> {
    const listing = readListing(input)
    const source = {
      store: this.#store,
      now: () => this.#connection.now(),
      book: (wallets: readonly WalletLevel[]) => this.#book(wallets),
    }
    return this.#query(() => listStoredWallets(source, listing))
  }

  async hold(id: string): Promise<HoldState | undefined> {
    return this.#query(async () => (isIdText(id) ? findHoldState(this.#source(), id) : undefined))
  }

  async *statement(input: WalletLevel, after = 0): AsyncGenerator<results.Entry, undefined> {
    const wallet = readWalletArgument(input)
    const found = await this.#query(() => findAccount(this.#source(), wallet))
    if (found === undefined) return
    try {
      yield* entriesAfter(this.#store, found.number, readAfter(after), found.account.sequence)
    } catch (error) {
      throw failureForCaller(error)
    }
  }

  async sweep(limit: number): Promise<{ booked: number; isDone: boolean }> {
    return this.#query(async () => {
      const most = sweepLimit(limit)
      // One wallet more than will be booked, to see whether any are left.
      const due = await this.#store.findDue(most + 1, this.#connection.now())
      const booked = await this.#book(due.slice(0, most))
      const isPurged = await purge(this.#store, this.#connection.now(), most)
      return { booked, isDone: isPurged && due.length <= most }
    })
  }

  async verify(input?: WalletLevel): Promise<readonly results.LedgerViolation[]> {
    const wallet = input === undefined ? undefined : readWalletArgument(input)
    return this.#query(() => verifyStore(this.#store, wallet))
  }

  async *export(): AsyncGenerator<string, undefined> {
    await this.#query(async () => undefined)
    const { client, store, idRetention } = this.#connection
    const now = () => this.#connection.now()
    try {
      yield* exportStore({ client, schema: store.schema, idRetention, now, book: (at) => this.#bookAll(at) })
    } catch (error) {
      throw failureForCaller(error)
    }
  }

  async import(texts: AsyncIterable<string> | Iterable<string>): Promise<results.ImportResult> {
    this.#refuseClosed()
    const records = startReading(texts)
    return this.#query(async () => {
      const result = await importStore(this.#connection.client, this.#store.schema, records)
      try {
        await this.#connection.registerRetention()
      } catch (error) {
        throw result.ok ? failureAfterWrite(error) : error
      }
      return result
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#batcher.drain()
  }

  /** Validates the input of a write, and adds the valid request to the next batch. */
  async #writeInput<W extends Write>(write: W, input: unknown, options?: CallOptions): Promise<Writes[W]['result']> {
    const reading = readRequest<Writes[W]['request']>(write, input)
    if (reading.ok) return this.#write(write, reading.request, options)
    this.#refuseClosed()
    return reading
  }

  /** Adds a valid request to the next batch. Returns the result of the write. */
  async #write<W extends Write>(
    write: W,
    request: Writes[W]['request'],
    options?: CallOptions,
  ): Promise<Writes[W]['result']> {
    this.#refuseClosed()
    const signal = signalOf(options)
    if (signal?.aborted === true) throw givenUp(false)
    this.#connection.noteTime()
    try {
      return (await this.#batcher.add({ write, request } as Operation, signal)) as Writes[W]['result']
    } catch (error) {
      throw failureForCaller(error)
    }
  }

  /** Runs a function after the ledger has connected. Converts internal errors to the errors that callers receive. */
  async #query<T>(run: () => Promise<T>): Promise<T> {
    this.#refuseClosed()
    this.#connection.noteTime()
    try {
      await this.#connection.ready()
      return await run()
    } catch (error) {
      throw failureForCaller(error)
    }
  }

  #source(): AccountSource {
    const { store, idRetention } = this.#connection
    const now = () => this.#connection.now()
    return { store, idRetention, now, book: (due) => this.#book([due]), lapseUnbooked: (at) => store.lapseUnbooked(at) }
  }

  /** Books every item of every wallet that is due by an instant. */
  async #bookAll(at: Instant): Promise<void> {
    await this.#store.lapseUnbooked(at)
    for (;;) {
      const wallets = await this.#store.findDue(bookLimit, at)
      await this.#book(wallets)
      if (wallets.length < bookLimit) return
    }
  }

  /**
   * Books the due items of wallets, such as lapses. Returns the number of entries written. Uses several batches, so
   * that other writes can run in between.
   */
  async #book(wallets: readonly WalletLevel[]): Promise<number> {
    let booked = 0
    for (let from = 0; from < wallets.length; from += bookLimit) {
      const page = wallets.slice(from, from + bookLimit)
      booked += (await this.#batcher.add({ write: 'book', wallets: page })) as number
    }
    return booked
  }

  #refuseClosed(): void {
    if (this.#isClosed) throw closed()
  }
}
