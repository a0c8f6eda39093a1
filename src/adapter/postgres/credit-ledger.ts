import type { Write, Writes } from '../../ledger/decide.ts'
import { sweepLimit } from '../../ledger/operation/due.ts'
import {
  findWallet,
  readAfter,
  readRelease,
  readRequest,
  readReserve,
  readSettle,
  readWhen,
} from '../../ledger/read-request.ts'
import { isIdText } from '../../ledger/same.ts'
import { balanceOf, emptyBalance, holdState, look, walletState } from '../../ledger/view.ts'
import type { LedgerWallet } from '../../model/noun/wallet.ts'
import { Defect } from '../../model/value/defect.ts'
import { type Instant, instantLimit } from '../../model/value/instant.ts'
import type { Clock } from '../../port/clock.ts'
import type { CallOptions, CreditLedger } from '../../port/credit-ledger.ts'
import { LedgerError } from '../../port/ledger-error.ts'
import type * as asked from '../../port/ledger-request.ts'
import type * as answered from '../../port/ledger-result.ts'
import { givenUp, signalOf } from '../call-signal.ts'
import { idRetentionOf } from '../id-retention.ts'
import { listen } from '../transfer/read-ahead.ts'
import { BatchRunner, type OperationAnswer } from './batch/batch-runner.ts'
import { Batcher } from './batch/batcher.ts'
import type { Operation } from './batch/operation.ts'
import { RowCache } from './batch/row-cache.ts'
import { closed, Store } from './batch/statements.ts'
import { WorkingSet } from './batch/working-set.ts'
import { DatabaseClock } from './client/database-clock.ts'
import { ConflictError, failureForCaller } from './client/failure.ts'
import type { SqlClient } from './client/sql-client.ts'
import { entriesAfter, pastBalance } from './read/statement.ts'
import { verifyStore } from './read/verify.ts'
import { checkVersion } from './schema/migrate.ts'
import { agreeOnRetention, purge } from './schema/purge.ts'
import { defaultSchema, quoteSchema } from './schema/schema-name.ts'
import { exportStore } from './transfer/export.ts'
import { importStore } from './transfer/import.ts'

export interface PostgresCreditLedgerOptions {
  /** Where to: `fromPool` and `fromPglite` make one. It stays the caller's, and `close` leaves it open. */
  readonly client: SqlClient
  /** The schema that `migrate` made: `portcullis` unless it says otherwise. */
  readonly schema?: string
  /** For how many milliseconds keys, and holds that have ended, are known: a day unless it says otherwise. */
  readonly idRetention?: number
  /** The database's unless another is given, which every process must share then. */
  readonly clock?: Clock
  /** The most writes in one statement: 256 unless it says otherwise. */
  readonly batchLimit?: number
}

/** At how many wallets what is due is booked at once. */
const dueAtOnce = 1_000

/**
 * A ledger in PostgreSQL, or what speaks its language: durable, and shared by any number of processes. Writes of one process
 * that wait at the same time share a statement, so the more callers there are, the less each costs.
 * @throws {TypeError} when there is no client
 * @throws {RangeError} when another option is not what it should be
 */
export function createPostgresCreditLedger(options: PostgresCreditLedgerOptions): CreditLedger {
  const client: Partial<SqlClient> | undefined = options?.client
  if (typeof client?.query !== 'function' || typeof client.transaction !== 'function')
    throw new TypeError('expected a client with `query` and `transaction`, as `fromPool` and `fromPglite` make one')
  return new PostgresCreditLedger(options)
}

/** What a look at a wallet finds: nothing is due there, unless it is due by the moment. */
interface Found {
  readonly desk: WorkingSet
  readonly number: number
  readonly account: NonNullable<ReturnType<typeof look>>
}

class PostgresCreditLedger implements CreditLedger {
  readonly capabilities: answered.LedgerCapabilities
  readonly #client: SqlClient
  readonly #store: Store
  readonly #clock: DatabaseClock
  readonly #given: Clock | undefined
  readonly #idRetention: number
  readonly #coalescer: Batcher<Operation, OperationAnswer>
  #starting: Promise<void> | undefined
  #isStarted = false
  #knownSince: Instant = 0
  #isClosed = false

  constructor(options: PostgresCreditLedgerOptions) {
    const { client, schema = defaultSchema, clock, batchLimit = 256 } = options
    const idRetention = idRetentionOf(options)
    if (!Number.isSafeInteger(batchLimit) || batchLimit < 1)
      throw new RangeError(`expected a whole number of writes, at least 1, not \`${batchLimit}\``)
    this.#client = client
    this.#clock = new DatabaseClock()
    this.#given = clock
    this.#idRetention = idRetention
    this.#store = new Store(client, this.#clock, quoteSchema(schema))
    const scribe = new BatchRunner({
      store: this.#store,
      shelf: new RowCache(),
      now: () => this.#now(),
      idRetention,
      knownSince: () => this.#knownSince,
    })
    this.#coalescer = new Batcher({
      run: async (items) => {
        await this.#start()
        return scribe.run(items)
      },
      runEarly: (items) => (this.#isStarted && !this.#isDoubtful() ? scribe.runEarly(items) : undefined),
      isOvertaken: (error) => error instanceof ConflictError,
      isPoisoned: (error) => !(error instanceof LedgerError),
      isAlone: ({ write }) => write === 'putWallet' || write === 'book',
      givenUp,
      limit: batchLimit,
    })
    const { isDurable = true, isShared = true } = client
    this.capabilities = Object.freeze({ isDurable, isShared, idRetention })
  }

  async putWallet(input: asked.PutWallet, options?: CallOptions): Promise<answered.PutWalletResult> {
    return this.#read('putWallet', input, options)
  }

  async grant(input: asked.Grant, options?: CallOptions): Promise<answered.GrantResult> {
    return this.#read('grant', input, options)
  }

  async revoke(input: asked.Revoke, options?: CallOptions): Promise<answered.RevokeResult> {
    return this.#read('revoke', input, options)
  }

  async putAllowance(input: asked.PutAllowance, options?: CallOptions): Promise<answered.PutAllowanceResult> {
    return this.#read('putAllowance', input, options)
  }

  async reserve(input: asked.Reserve, options?: CallOptions): Promise<answered.ReserveResult> {
    const request = readReserve(input)
    return request === undefined ? this.#read('reserve', input, options) : this.#write('reserve', request, options)
  }

  async extend(input: asked.Extend, options?: CallOptions): Promise<answered.ExtendResult> {
    return this.#read('extend', input, options)
  }

  async settle(input: asked.Settle, options?: CallOptions): Promise<answered.SettleResult> {
    const request = readSettle(input)
    return request === undefined ? this.#read('settle', input, options) : this.#write('settle', request, options)
  }

  async release(input: asked.Release, options?: CallOptions): Promise<answered.ReleaseResult> {
    const request = readRelease(input)
    return request === undefined ? this.#read('release', input, options) : this.#write('release', request, options)
  }

  async charge(input: asked.Charge, options?: CallOptions): Promise<answered.ChargeResult> {
    return this.#read('charge', input, options)
  }

  async refund(input: asked.Refund, options?: CallOptions): Promise<answered.RefundResult> {
    return this.#read('refund', input, options)
  }

  async balance(input: LedgerWallet, when?: { at: Instant } | { sequence: number }): Promise<answered.Balance> {
    return this.#answer(async () => {
      const found = await this.#look(input)
      if (found === undefined) return emptyBalance
      return when === undefined
        ? balanceOf(found.account)
        : await pastBalance(this.#store, found.number, readWhen(when))
    })
  }

  async wallet(input: LedgerWallet): Promise<answered.WalletState | undefined> {
    const found = await this.#answer(() => this.#look(input))
    return found && walletState(found.account, found.desk.books.at)
  }

  async hold(id: string): Promise<answered.HoldState | undefined> {
    return this.#answer(() => this.#findHold(id))
  }

  async #findHold(id: string): Promise<answered.HoldState | undefined> {
    if (!isIdText(id)) return undefined
    const at = this.#now()
    const sight = await this.#store.load(this.#client, { wallets: [], numbers: [], holds: [id], keys: [] }, at)
    const papers = {
      wallets: sight.wallets,
      holds: sight.holds.filter((row) => row.id === id),
      keys: [],
      spentInTurn: none,
    }
    return holdState(new WorkingSet(papers, this.#idRetention).books, id, at)
  }

  async *statement(input: LedgerWallet, after = 0): AsyncGenerator<answered.Entry, undefined> {
    const found = await this.#answer(() => this.#look(input))
    if (found === undefined) return
    try {
      yield* entriesAfter(this.#store, found.number, readAfter(after), found.account.sequence)
    } catch (error) {
      throw failureForCaller(error)
    }
  }

  async sweep(limit: number): Promise<{ booked: number; isDone: boolean }> {
    return this.#answer(async () => {
      const most = sweepLimit(limit)
      // One more than are to be booked tells whether that is all.
      const due = await this.#store.findDue(most + 1, this.#now())
      const booked = await this.#book(due.slice(0, most))
      const isPurged = await purge(this.#store, this.#now(), most)
      return { booked, isDone: isPurged && due.length <= most }
    })
  }

  async verify(input?: LedgerWallet): Promise<readonly answered.LedgerViolation[]> {
    return this.#answer(async () => {
      const wallet = input === undefined ? undefined : findWallet(input)
      return input !== undefined && wallet === undefined ? [] : await verifyStore(this.#store, wallet)
    })
  }

  async *export(): AsyncGenerator<string, undefined> {
    await this.#answer(async () => undefined)
    const source = {
      client: this.#client,
      schema: this.#store.schema,
      idRetention: this.#idRetention,
      now: () => this.#now(),
      book: (at: Instant) => this.#bookAll(at),
    }
    try {
      yield* exportStore(source)
    } catch (error) {
      throw failureForCaller(error)
    }
  }

  async import(texts: AsyncIterable<string> | Iterable<string>): Promise<answered.ImportResult> {
    this.#check()
    const records = listen(texts)
    return this.#answer(async () => {
      const answer = await importStore(this.#client, this.#store.schema, records)
      this.#knownSince = await agreeOnRetention(this.#store, this.#idRetention, this.#now())
      return answer
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#coalescer.settle()
  }

  async #read<W extends Write>(write: W, input: unknown, options?: CallOptions): Promise<Writes[W]['result']> {
    const reading = readRequest<Writes[W]['request']>(write, input)
    if (reading.ok) return this.#write(write, reading.request, options)
    this.#check()
    return reading
  }

  async #write<W extends Write>(
    write: W,
    request: Writes[W]['request'],
    options?: CallOptions,
  ): Promise<Writes[W]['result']> {
    this.#check()
    const signal = signalOf(options)
    if (signal?.aborted === true) throw givenUp(false)
    try {
      return (await this.#coalescer.add({ write, request } as Operation, signal)) as Writes[W]['result']
    } catch (error) {
      throw failureForCaller(error)
    }
  }

  /** Asks the database something, once it is known to be the right one. */
  async #answer<T>(ask: () => Promise<T>): Promise<T> {
    this.#check()
    try {
      await this.#start()
      return await ask()
    } catch (error) {
      throw failureForCaller(error)
    }
  }

  /** A wallet as it is in the database, once what is due there has been booked. */
  async #look(input: LedgerWallet): Promise<Found | undefined> {
    const wallet = findWallet(input)
    if (wallet === undefined) return undefined
    for (let tries = 0; ; tries += 1) {
      const now = this.#now()
      const sight = await this.#store.load(this.#client, { wallets: [wallet], numbers: [], holds: [], keys: [] }, now)
      const desk = new WorkingSet({ ...sight, spentInTurn: none }, this.#idRetention)
      const account = look(desk.books, wallet, Math.max(now, desk.books.at))
      if (account === undefined) return undefined
      const { number } = desk.rows.get(account) ?? { number: 0 }
      if (tries === 3 || (desk.books.log.length === desk.firstRow && sight.lapsedUntil === undefined))
        return { desk, number, account }
      await this.#book([wallet])
    }
  }

  /** Books everything that is due by an instant. */
  async #bookAll(at: Instant): Promise<void> {
    for (;;) {
      const wallets = await this.#store.findDue(dueAtOnce, at)
      await this.#book(wallets)
      if (wallets.length < dueAtOnce) return
    }
  }

  /** Books what is due at wallets, so many at once that others have their turn. Says how many entries that made. */
  async #book(wallets: readonly LedgerWallet[]): Promise<number> {
    let booked = 0
    for (let from = 0; from < wallets.length; from += dueAtOnce) {
      const some = wallets.slice(from, from + dueAtOnce)
      booked += (await this.#coalescer.add({ write: 'book', wallets: some })) as number
    }
    return booked
  }

  /** Makes sure, once, that the schema is the right one, and, whenever it is doubtful, what time it is. */
  async #start(): Promise<void> {
    this.#starting ??= this.#connect()
    try {
      await this.#starting
    } catch (error) {
      this.#starting = undefined
      throw error
    }
    if (this.#isDoubtful()) await this.#store.readClock()
  }

  /** Whether the machine may have slept, so that nobody here knows the time. */
  #isDoubtful(): boolean {
    return this.#given === undefined && this.#clock.isDoubtful
  }

  async #connect(): Promise<void> {
    await this.#store.readClock()
    await checkVersion(this.#client, this.#store.schema)
    this.#knownSince = await agreeOnRetention(this.#store, this.#idRetention, this.#now())
    this.#isStarted = true
  }

  #check(): void {
    if (this.#isClosed) throw closed()
  }

  #now(): Instant {
    const at = this.#given === undefined ? this.#clock.now() : this.#given.now()
    if (!Number.isInteger(at) || at < 0 || at > instantLimit)
      throw new Defect(`the clock says \`${at}\`, which is no instant`)
    return at
  }
}

const none: ReadonlyMap<number, bigint> = new Map()
