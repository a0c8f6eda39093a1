import { decide, type Write, type Writes } from '../../ledger/decide.ts'
import { sweep } from '../../ledger/operation/due.ts'
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
import type { Books } from '../../ledger/storage/books.ts'
import { openBooks } from '../../ledger/storage/open-books.ts'
import { exportBooks } from '../../ledger/transfer/export-books.ts'
import { BooksImport, isUntouched } from '../../ledger/transfer/import-books.ts'
import { verify } from '../../ledger/verify.ts'
import { balanceOf, emptyBalance, entriesOf, holdState, look, pastBalance, walletState } from '../../ledger/view.ts'
import type { LedgerWallet } from '../../model/noun/wallet.ts'
import { Defect } from '../../model/value/defect.ts'
import { type Instant, instantLimit } from '../../model/value/instant.ts'
import type { Clock } from '../../port/clock.ts'
import type { CallOptions, CreditLedger } from '../../port/credit-ledger.ts'
import type { Journal } from '../../port/journal.ts'
import { LedgerError } from '../../port/ledger-error.ts'
import type {
  Charge,
  Extend,
  Grant,
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
  HoldState,
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
  WalletState,
} from '../../port/ledger-result.ts'
import { givenUp, signalOf, unlessGivenUp } from '../call-signal.ts'
import { idRetentionOf } from '../id-retention.ts'
import { feed, notEmpty } from '../transfer/feed.ts'
import { leave, listen } from '../transfer/read-ahead.ts'
import { systemClock } from './clock.ts'
import { JournalWriter, replay } from './journal-writer.ts'

export interface MemoryCreditLedgerOptions {
  /** The machine's unless another is given. Time never runs backwards: an earlier instant counts as the latest one seen. */
  readonly clock?: Clock
  /** For how many milliseconds keys, and holds that have ended, are known: a day unless it says otherwise. What it costs is memory. */
  readonly idRetention?: number
}

/** How many records of an import are a batch of the journal. */
const carriedAtOnce = 1_000

/**
 * A ledger in memory, for one process: gone with it. Reservations cost the same however many wallets there are and however
 * many holds there were; its memory grows with the statements.
 * @throws {RangeError} when the retention is not a whole number of milliseconds from 1,000 on
 */
export function createMemoryCreditLedger(options: MemoryCreditLedgerOptions = {}): CreditLedger {
  return new MemoryCreditLedger(openBooks(idRetentionOf(options)), options.clock ?? systemClock, undefined)
}

/**
 * A ledger in memory that keeps a journal, and survives what the journal survives: every answer waits until the writes it
 * rests on are in the journal, many to a batch. Opening it reads the journal from the start. The journal is the ledger's
 * from then on, and closed with it.
 * @throws {LedgerError} when the journal cannot be read, or holds what this ledger did not write
 * @throws {TypeError} when there is no journal
 * @throws {RangeError} when the retention is not a whole number of milliseconds from 1,000 on
 */
export async function openMemoryCreditLedger(
  options: MemoryCreditLedgerOptions & { readonly journal: Journal },
): Promise<CreditLedger> {
  if (typeof options?.journal?.read !== 'function')
    throw new TypeError('expected a journal that is open, as `await openFileJournal(path)` opens one')
  const { journal, clock = systemClock } = options
  try {
    const idRetention = idRetentionOf(options)
    const { books, isNew } = await replay(idRetention, journal)
    const writer = new JournalWriter(journal, books.at)
    if (isNew || books.idRetention !== idRetention) await writer.begin(books, idRetention)
    return new MemoryCreditLedger(books, clock, writer)
  } catch (error) {
    await journal.close()
    throw error
  }
}

/** The kernel and its books. No method awaits anything before the kernel has decided, so that each write is done in one turn. */
class MemoryCreditLedger implements CreditLedger {
  readonly capabilities: LedgerCapabilities
  #books: Books
  readonly #clock: Clock
  readonly #journal: JournalWriter | undefined
  #isClosed = false
  /** The last import, until which the next one waits. */
  #importing: Promise<unknown> = Promise.resolve()

  constructor(books: Books, clock: Clock, journal: JournalWriter | undefined) {
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

  async balance(input: LedgerWallet, when?: { at: Instant } | { sequence: number }): Promise<Balance> {
    const account = this.#look(input)
    if (account === undefined) return emptyBalance
    return this.#confirm(when === undefined ? balanceOf(account) : pastBalance(this.#books, account, readWhen(when)))
  }

  async wallet(input: LedgerWallet): Promise<WalletState | undefined> {
    const account = this.#look(input)
    return this.#confirm(account && walletState(this.#books, account))
  }

  async hold(id: string): Promise<HoldState | undefined> {
    const now = this.#now()
    return isIdText(id) ? this.#confirm(holdState(this.#books, id, now)) : undefined
  }

  async *statement(input: LedgerWallet, after = 0): AsyncGenerator<Entry, undefined> {
    const account = this.#look(input)
    if (account === undefined) return
    // Taken at once, so that it ends where the wallet is now.
    const entries = [...entriesOf(this.#books, account, readAfter(after))]
    await this.#confirm(undefined)
    yield* entries
  }

  async sweep(limit: number): Promise<{ booked: number; isDone: boolean }> {
    return this.#confirm(sweep(this.#books, this.#now(), limit))
  }

  async verify(input?: LedgerWallet): Promise<readonly LedgerViolation[]> {
    const now = this.#now()
    const wallet = input === undefined ? undefined : findWallet(input)
    return this.#confirm(input !== undefined && wallet === undefined ? [] : verify(this.#books, now, wallet))
  }

  async *export(): AsyncGenerator<string, undefined> {
    const texts = exportBooks(this.#books, this.#now())
    await this.#confirm(undefined)
    yield* texts
  }

  async import(texts: AsyncIterable<string> | Iterable<string>): Promise<ImportResult> {
    const records = listen(texts)
    // One after another, since the journal has their records so.
    const answer = this.#importing.then(() => this.#import(records))
    this.#importing = answer.catch(() => undefined)
    return answer
  }

  /** Makes books of the texts, and has them instead of its own in one turn, if nothing has happened to those meanwhile. */
  async #import(texts: unknown): Promise<ImportResult> {
    this.#now()
    if (!isUntouched(this.#books)) {
      await leave(texts)
      return notEmpty
    }
    const intake = new BooksImport(this.capabilities.idRetention)
    const batch: string[] = []
    const refusal = await feed(texts, intake, (text) => {
      if (this.#journal === undefined) return undefined
      // The last record is kept back until all is well: without it the journal has no import.
      const full = batch.length === carriedAtOnce ? batch.splice(0) : undefined
      batch.push(text)
      return full && this.#addCarried(full)
    })
    if (refusal !== undefined) return refusal
    const now = this.#now()
    if (!isUntouched(this.#books)) return notEmpty
    this.#journal?.endCarried(batch, intake.books)
    this.#books = intake.books
    this.#books.at = Math.max(now, this.#books.at)
    return this.#confirm({ ok: true, records: intake.records })
  }

  async #addCarried(batch: readonly string[]): Promise<ImportResult | undefined> {
    this.#now()
    if (!isUntouched(this.#books)) return notEmpty
    this.#journal?.addCarried(batch)
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
    const answer = decide(write, this.#books, request, this.#now())
    if (this.#journal === undefined) return answer
    if (answer.ok && !answer.replay) this.#journal.add(write, request, this.#books)
    const confirmed = this.#confirm(answer)
    return confirmed instanceof Promise ? unlessGivenUp(confirmed, signal) : confirmed
  }

  /** An answer, once the journal has what it rests on. */
  #confirm<Answer>(answer: Answer): Answer | Promise<Answer> {
    return this.#journal === undefined ? answer : this.#journal.confirm(answer, this.#books)
  }

  #look(input: LedgerWallet) {
    const now = this.#now()
    const wallet = findWallet(input)
    return wallet && look(this.#books, wallet, now)
  }

  #now(): Instant {
    if (this.#isClosed) throw new LedgerError('ledger_closed', 'not_applied', 'the ledger was closed')
    this.#journal?.check()
    const at = this.#clock.now()
    if (!Number.isInteger(at) || at < 0 || at > instantLimit)
      throw new Defect(`the clock says \`${at}\`, which is no instant`)
    return at
  }
}
