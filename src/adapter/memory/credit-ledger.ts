import { decideWrite, type Write, type Writes } from '../../ledger/decide.ts'
import { AccountOrder, listWallets } from '../../ledger/list-wallets.ts'
import { sweep } from '../../ledger/operation/due.ts'
import { readRelease, readReserve, readSettle } from '../../ledger/read-frequent-request.ts'
import { readAfter, readListing, readRequest, readWalletArgument, readWhen } from '../../ledger/read-request.ts'
import { isIdText } from '../../ledger/same.ts'
import { entryAt } from '../../ledger/storage/entry-store.ts'
import { type MemoryBooks, openBooks } from '../../ledger/storage/open-books.ts'
import { exportBooks } from '../../ledger/transfer/export-books.ts'
import { BooksImport, isUntouched } from '../../ledger/transfer/import-books.ts'
import { verify } from '../../ledger/verify.ts'
import { accountNow, balanceOf, emptyBalance, holdState, pastBalance, rowsOf, walletState } from '../../ledger/view.ts'
import type { WalletLevel } from '../../model/noun/wallet.ts'
import { Defect } from '../../model/value/defect.ts'
import { faultOfInstant, type Instant, isInstant } from '../../model/value/instant.ts'
import type { Clock } from '../../port/clock.ts'
import type { CallOptions, CreditLedger } from '../../port/credit-ledger.ts'
import type { Journal } from '../../port/journal.ts'
import { LedgerError } from '../../port/ledger-error.ts'
import type {
  Charge,
  Extend,
  Grant,
  ListWallets,
  PutAllowance,
  PutWallet,
  Refund,
  Release,
  Reserve,
  Revoke,
  Settle,
} from '../../port/ledger-request.ts'
import type {
  Balance,
  ChargeResult,
  Entry,
  ExtendResult,
  GrantResult,
  ImportResult,
  InvalidWrite,
  LedgerCapabilities,
  LedgerViolation,
  PutAllowanceResult,
  PutWalletResult,
  RefundResult,
  ReleaseResult,
  ReserveResult,
  RevokeResult,
  SettleResult,
} from '../../port/ledger-result.ts'
import type { HoldState, WalletPage, WalletState } from '../../port/ledger-state.ts'
import { systemClock } from '../../runtime/time/system-clock.ts'
import { givenUp, signalOf, unlessGivenUp } from '../call-signal.ts'
import { idRetentionOf } from '../id-retention.ts'
import { closeRecords, startReading } from '../transfer/read-ahead.ts'
import { ledgerNotEmpty, readRecords } from '../transfer/read-records.ts'
import { Checkpointer, checkpointSizeOf, type JournalNotice, noticer } from './checkpointer.ts'
import { randomSeed } from './hash-seed.ts'
import { replayJournal } from './journal-reader.ts'
import { JournalWriter } from './journal-writer.ts'

export interface MemoryCreditLedgerOptions {
  /**
   * The source of the current time. Default: the system clock. When the clock is set back, the ledger keeps using the
   * latest instant that it has seen.
   */
  readonly clock?: Clock
  /**
   * How long the ledger remembers keys and ended holds, in milliseconds (at least 1,000). Default: one day. A longer
   * retention costs more memory.
   */
  readonly idRetention?: number
}

export interface JournaledCreditLedgerOptions extends MemoryCreditLedgerOptions {
  /** An open journal. The ledger owns it from now on, and closes it. */
  readonly journal: Journal
  /**
   * The number of characters in the journal after which a checkpoint replaces them, from 1,000. A checkpoint that is
   * larger than that is replaced only after as much was written again. Default: 8,000,000.
   */
  readonly checkpointSize?: number
  /** Called with what an operator should know about the journal. Its errors are ignored. */
  readonly onNotice?: (notice: JournalNotice) => void
}

/** The number of import records that are appended to the journal as one batch. */
const importBatch = 1_000

/**
 * Creates a ledger in the memory of one process. The data is lost when the process ends. The cost of a reservation does
 * not depend on the number of wallets or past holds. Memory use grows with the number of entries.
 * @throws {RangeError} when `idRetention` is not an integer from 1,000
 */
export function createMemoryCreditLedger(options: MemoryCreditLedgerOptions = {}): CreditLedger {
  return new MemoryCreditLedger(
    openBooks(idRetentionOf(options), randomSeed()),
    options.clock ?? systemClock,
    undefined,
  )
}

/**
 * Opens a ledger in memory that records its writes in a journal. The ledger is as durable as the journal: it returns a
 * result only after the journal contains the writes on which the result depends. Writes are batched. Opening reads the
 * last checkpoint and the writes after it. Checkpoints are written while the ledger is in use; entries before the last
 * one are read from the archive of the journal when a call needs them.
 * @throws {LedgerError} when the journal cannot be read, or contains data that this ledger did not write
 * @throws {TypeError} when `journal` is missing
 * @throws {RangeError} when `idRetention` or `checkpointSize` is not an integer from 1,000
 */
export async function openMemoryCreditLedger(options: JournaledCreditLedgerOptions): Promise<CreditLedger> {
  if (typeof options?.journal?.read !== 'function')
    throw new TypeError('expected an open journal, for example `await openFolderJournal(path)`')
  const { journal, clock = systemClock } = options
  try {
    const idRetention = idRetentionOf(options)
    const least = checkpointSizeOf(options.checkpointSize)
    const { books, isNew, progress, archived } = await replayJournal(idRetention, journal)
    const { checkpoints } = journal
    const notify = noticer(options.onNotice)
    const checkpointer = checkpoints && new Checkpointer(checkpoints, least, notify, progress, archived)
    const writer = new JournalWriter(journal, books, checkpointer)
    if (isNew || books.idRetention !== idRetention) await writer.begin(books, idRetention)
    return new MemoryCreditLedger(books, clock, writer)
  } catch (error) {
    await journal.close()
    throw error
  }
}

/**
 * A credit ledger that runs the kernel on books in memory. No method awaits before the kernel has decided, so each
 * write is atomic.
 */
class MemoryCreditLedger implements CreditLedger {
  readonly capabilities: LedgerCapabilities
  #books: MemoryBooks
  readonly #clock: Clock
  readonly #journal: JournalWriter | undefined
  #order = new AccountOrder()
  #isClosed = false
  /** The most recently started import. Imports run one at a time: each waits for the previous import to end. */
  #importing: Promise<unknown> = Promise.resolve()

  constructor(books: MemoryBooks, clock: Clock, journal: JournalWriter | undefined) {
    this.#books = books
    this.#clock = clock
    this.#journal = journal
    const { idRetention } = books
    this.capabilities = Object.freeze({ isDurable: journal !== undefined, isShared: false, idRetention })
  }

  async putWallet(input: PutWallet, options?: CallOptions): Promise<PutWalletResult> {
    return this.#write('putWallet', input, options)
  }

  async grant(input: Grant, options?: CallOptions): Promise<GrantResult> {
    return this.#write('grant', input, options)
  }

  async revoke(input: Revoke, options?: CallOptions): Promise<RevokeResult> {
    return this.#write('revoke', input, options)
  }

  async putAllowance(input: PutAllowance, options?: CallOptions): Promise<PutAllowanceResult> {
    return this.#write('putAllowance', input, options)
  }

  async reserve(input: Reserve, options?: CallOptions): Promise<ReserveResult> {
    const request = readReserve(input)
    return request === undefined ? this.#write('reserve', input, options) : this.#decide('reserve', request, options)
  }

  async extend(input: Extend, options?: CallOptions): Promise<ExtendResult> {
    return this.#write('extend', input, options)
  }

  async settle(input: Settle, options?: CallOptions): Promise<SettleResult> {
    const request = readSettle(input)
    return request === undefined ? this.#write('settle', input, options) : this.#decide('settle', request, options)
  }

  async release(input: Release, options?: CallOptions): Promise<ReleaseResult> {
    const request = readRelease(input)
    return request === undefined ? this.#write('release', input, options) : this.#decide('release', request, options)
  }

  async charge(input: Charge, options?: CallOptions): Promise<ChargeResult> {
    return this.#write('charge', input, options)
  }

  async refund(input: Refund, options?: CallOptions): Promise<RefundResult> {
    return this.#write('refund', input, options)
  }

  async balance(input: WalletLevel, when?: { at: Instant } | { sequence: number }): Promise<Balance> {
    const bound = when === undefined ? undefined : readWhen(when)
    const account = this.#look(input)
    if (account === undefined) return emptyBalance
    return this.#confirm(bound === undefined ? balanceOf(account) : pastBalance(this.#books, account, bound))
  }

  async wallet(input: WalletLevel): Promise<WalletState | undefined> {
    const account = this.#look(input)
    return this.#confirm(account && walletState(this.#books, account))
  }

  async listWallets(input?: ListWallets): Promise<WalletPage> {
    const listing = readListing(input)
    return this.#confirm(listWallets(this.#books, this.#order, listing, this.#now()))
  }

  async hold(id: string): Promise<HoldState | undefined> {
    const now = this.#now()
    return isIdText(id) ? this.#confirm(holdState(this.#books, id, now)) : undefined
  }

  async *statement(input: WalletLevel, after = 0): AsyncGenerator<Entry, undefined> {
    const account = this.#look(input)
    if (account === undefined) return
    // The rows are collected at once, so that the statement ends at the current entry. Entries do not change.
    const { log } = this.#books
    const { first, rows } = rowsOf(log, account, readAfter(after))
    await this.#confirm(undefined)
    for (const [i, row] of rows.entries()) yield entryAt(log, row, first + i)
  }

  async sweep(limit: number): Promise<{ booked: number; isDone: boolean }> {
    return this.#confirm(sweep(this.#books, this.#now(), limit))
  }

  async verify(input?: WalletLevel): Promise<readonly LedgerViolation[]> {
    const now = this.#now()
    return this.#confirm(verify(this.#books, now, input === undefined ? undefined : readWalletArgument(input)))
  }

  async *export(): AsyncGenerator<string, undefined> {
    const texts = exportBooks(this.#books, this.#now())
    await this.#confirm(undefined)
    yield* texts
  }

  async import(texts: AsyncIterable<string> | Iterable<string>): Promise<ImportResult> {
    const records = startReading(texts)
    // One at a time, because the journal stores the records of an import in sequence.
    const answer = this.#importing.then(() => this.#import(records))
    this.#importing = answer.catch(() => undefined)
    return answer
  }

  /**
   * Builds new books from the records of an export. The new books replace the books of the ledger if the ledger is
   * still empty.
   */
  async #import(texts: unknown): Promise<ImportResult> {
    this.#now()
    if (!isUntouched(this.#books)) {
      await closeRecords(texts)
      return ledgerNotEmpty
    }
    const reader = new BooksImport(this.capabilities.idRetention, randomSeed())
    const batch: string[] = []
    const refusal = await readRecords(texts, reader, (text) => {
      if (this.#journal === undefined) return undefined
      // The last record is buffered until the import succeeds: without it the import in the journal has no effect.
      const full = batch.length === importBatch ? batch.splice(0) : undefined
      batch.push(text)
      return full && this.#addImported(full)
    })
    if (refusal !== undefined) return refusal
    const now = this.#now()
    if (!isUntouched(this.#books)) return ledgerNotEmpty
    this.#journal?.endImport(batch, reader.books)
    this.#books = reader.books
    this.#order = new AccountOrder()
    this.#books.at = Math.max(now, this.#books.at)
    return this.#confirm({ ok: true, records: reader.records })
  }

  async #addImported(batch: readonly string[]): Promise<ImportResult | undefined> {
    this.#now()
    if (!isUntouched(this.#books)) return ledgerNotEmpty
    this.#journal?.addImported(batch)
    return this.#confirm(undefined)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#journal?.close()
  }

  async #write<W extends Write>(
    write: W,
    input: unknown,
    options: CallOptions | undefined,
  ): Promise<Writes[W]['result'] | InvalidWrite> {
    const reading = readRequest<Writes[W]['request']>(write, input)
    return reading.ok ? this.#decide(write, reading.request, options) : reading
  }

  #decide<W extends Write>(
    write: W,
    request: Writes[W]['request'],
    options: CallOptions | undefined,
  ): Writes[W]['result'] | Promise<Writes[W]['result']> {
    const signal = options === undefined ? undefined : signalOf(options)
    if (signal?.aborted === true) throw givenUp(false)
    const answer = decideWrite(write, this.#books, request, this.#now())
    if (this.#journal === undefined) return answer
    if (answer.ok && !answer.replay) this.#journal.add(write, request, this.#books)
    const confirmed = this.#confirm(answer)
    return confirmed instanceof Promise ? unlessGivenUp(confirmed, signal) : confirmed
  }

  /**
   * Returns `answer` after the journal has stored everything that `answer` depends on. Without a journal, returns
   * `answer` immediately.
   */
  #confirm<Answer>(answer: Answer): Answer | Promise<Answer> {
    return this.#journal === undefined ? answer : this.#journal.confirm(answer, this.#books)
  }

  #look(input: WalletLevel) {
    const wallet = readWalletArgument(input)
    return accountNow(this.#books, wallet, this.#now())
  }

  #now(): Instant {
    if (this.#isClosed) throw new LedgerError('ledger_closed', 'not_applied', 'the ledger was closed')
    this.#journal?.check()
    const at = this.#clock.now()
    if (!isInstant(at)) throw new Defect(`the clock returned \`${at}\`: ${faultOfInstant(at)}`)
    return at
  }
}
