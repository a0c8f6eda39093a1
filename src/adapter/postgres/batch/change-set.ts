import type { Account, Hold, Lot } from '../../../ledger/storage/account.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { Bucket } from '../../../port/ledger-result.ts'
import { entryCodeOf, readEntryCode } from '../row/entry-code.ts'
import type { AllowanceRow, Amounts, CostRow, HoldRow, KeyRow, LotRow, SliceRow, WalletRow } from '../row/row.ts'
import type { LotPairs, WorkingSet } from './working-set.ts'

/** An entry as it is stored. */
export interface EntryRow {
  readonly wallet: number
  readonly sequence: number
  readonly at: Instant
  readonly movement: number
  readonly amount: bigint
  readonly lot: number | null
  readonly hold: string | null
}

/** A wallet as it is to be; its version is the one after. */
export interface WalletChange {
  readonly row: WalletRow
  readonly dueAt: number
  /** Whether something else is said about it than before. */
  readonly isSaidAnew: boolean
}

/** What a batch has changed: everything that is to be written, and nothing else. */
export interface ChangeSet {
  readonly wallets: readonly WalletChange[]
  readonly openedLots: readonly (readonly [wallet: number, lot: LotRow])[]
  readonly changedLots: readonly (readonly [wallet: number, lot: LotRow])[]
  readonly openedHolds: readonly HoldRow[]
  readonly changedHolds: readonly (readonly [before: HoldRow, after: HoldRow])[]
  /** Holds and keys that are forgotten, and whose ids are taken anew. */
  readonly goneHolds: readonly HoldRow[]
  readonly goneKeys: readonly KeyRow[]
  readonly keys: readonly KeyRow[]
  readonly entries: readonly EntryRow[]
}

/** What a batch may have touched, besides what is on the desk. */
export interface Touched {
  readonly keys: Iterable<string>
  /** The rows of wallets that are nobody's yet. */
  readonly vacant: readonly WalletRow[]
  /** Those that are written whatever happened, so that the database learns when something is due next. */
  readonly forced: ReadonlySet<number>
  /** No hold over a wallet that is not on the desk lapses before this. */
  readonly nextLapse: (number: number) => number
}

/** Compares a desk with the rows it was made of. */
export function diffRows(desk: WorkingSet, touched: Touched): ChangeSet {
  return new RowDiff(desk, touched).draft()
}

class RowDiff {
  readonly #desk: WorkingSet
  readonly #touched: Touched
  readonly #numbers = new Map<Account, number>()
  readonly #costs = new Map<string, CostRow[]>()
  readonly #entries: EntryRow[] = []
  readonly #bumped = new Set<Account>()
  /** When the first of the holds on the desk lapses, by account. */
  readonly #lapses = new Map<Account, number>()

  constructor(desk: WorkingSet, touched: Touched) {
    this.#desk = desk
    this.#touched = touched
    for (const [account, { number }] of desk.rows) {
      this.#numbers.set(account, number)
      if (touched.forced.has(number)) this.#bumped.add(account)
    }
    for (const { state, expiresAt, path } of desk.pile.values()) {
      if (state !== 'held') continue
      for (const account of path) this.#lapses.set(account, Math.min(this.#lapses.get(account) ?? expiresAt, expiresAt))
    }
    for (const row of touched.vacant) {
      const account = desk.books.accounts.find(row.wallet)
      if (account === undefined || desk.rows.has(account)) continue
      desk.rows.set(account, row)
      desk.lots.set(account, new Map())
      this.#numbers.set(account, row.number)
      this.#bumped.add(account)
    }
  }

  draft(): ChangeSet {
    this.#readEntries()
    this.#bumpParents()
    const holds = this.#drawHolds()
    const keys = this.#drawKeys()
    const openedLots: [number, LotRow][] = []
    const changedLots: [number, LotRow][] = []
    const wallets: WalletChange[] = []
    for (const [account, row] of this.#desk.rows) {
      const pairs = this.#desk.lots.get(account) as LotPairs
      for (const lot of account.grants) if (!pairs.has(lot)) pairs.set(lot, undefined)
      const lots: LotRow[] = []
      let isChanged = this.#bumped.has(account)
      for (const [lot, before] of pairs) {
        const isSame = before !== undefined && isSameLot(lot, before)
        const after = isSame ? before : lotRow(lot)
        if (isOpenLot(after)) lots.push(after)
        if (isSame) continue
        isChanged = true
        if (before === undefined) openedLots.push([row.number, after])
        else changedLots.push([row.number, after])
      }
      const after = this.#walletDraft(account, row, lots, isChanged)
      if (after !== undefined) wallets.push(after)
    }
    return { wallets, openedLots, changedLots, ...holds, ...keys, entries: this.#entries }
  }

  #readEntries(): void {
    const { books, firstRow } = this.#desk
    const { log } = books
    const sequences = new Map<Account, number>()
    for (let row = firstRow; row < log.length; row += 1) {
      const account = log.accountOf(row) as Account
      const sequence = (sequences.get(account) ?? this.#desk.rows.get(account)?.sequence ?? 0) + 1
      sequences.set(account, sequence)
      const lot = log.lotOf(row)
      const hold = log.holdOf(row) ?? null
      const amount = log.amountOf(row)
      const movement = entryCodeOf(log.kindOf(row))
      const wallet = this.#numbers.get(account) as number
      this.#entries.push({ wallet, sequence, at: log.instantOf(row), movement, amount, lot: lot?.order ?? null, hold })
      this.#bumped.add(account)
      if (lot !== undefined) {
        const pairs = this.#desk.lots.get(account) as LotPairs
        if (!pairs.has(lot)) pairs.set(lot, undefined)
      }
      if (hold !== null && isCostOrRefund(movement)) this.#addCost(hold, account, movement, lot, amount)
    }
  }

  #addCost(id: string, account: Account, movement: number, lot: Lot | undefined, amount: bigint): void {
    const level = this.#desk.pile.get(id)?.path.indexOf(account) ?? 0
    const costs = this.#costs.get(id)
    const cost: CostRow = [level, readEntryCode(movement).from, lot?.order ?? null, amount]
    if (costs === undefined) this.#costs.set(id, [cost])
    else costs.push(cost)
  }

  #drawHolds(): Pick<ChangeSet, 'openedHolds' | 'changedHolds' | 'goneHolds'> {
    const { pile, holds } = this.#desk
    const openedHolds: HoldRow[] = []
    const changedHolds: [HoldRow, HoldRow][] = []
    const goneHolds: HoldRow[] = []
    for (const [id, { hold, row }] of holds) {
      if (pile.get(id) !== hold || isSameHold(hold, row)) continue
      changedHolds.push([row, this.#holdRow(hold, row.costs)])
      for (const account of hold.path) this.#bumped.add(account)
    }
    for (const hold of pile.values()) {
      const { id } = hold
      const known = holds.get(id)
      if (hold === known?.hold) continue
      if (known !== undefined) goneHolds.push(known.row)
      openedHolds.push(this.#holdRow(hold, []))
      for (const account of hold.path) this.#bumped.add(account)
    }
    return { openedHolds: openedHolds.sort(byId), changedHolds, goneHolds }
  }

  /** Whoever puts a wallet below another writes to all those above it, so that no two such writes miss each other. */
  #bumpParents(): void {
    for (const [account, row] of this.#desk.rows) {
      const number = account.parent === undefined ? undefined : this.#numbers.get(account.parent)
      if (number === row.parent) continue
      for (let above = account.parent; above !== undefined; above = above.parent) this.#bumped.add(above)
    }
  }

  #drawKeys(): Pick<ChangeSet, 'keys' | 'goneKeys'> {
    const { books, keys: known } = this.#desk
    const keys: KeyRow[] = []
    const goneKeys: KeyRow[] = []
    for (const key of new Set(this.#touched.keys)) {
      const keyed = books.keys.get(key)
      const before = known.get(key)
      if (keyed === undefined || keyed === before) continue
      if (before !== undefined) goneKeys.push(before)
      keys.push(keyed)
    }
    return { keys: keys.sort((a, b) => (a.key < b.key ? -1 : 1)), goneKeys }
  }

  #holdRow(hold: Hold, before: readonly CostRow[]): HoldRow {
    const { path } = hold
    const slices: SliceRow[] = []
    for (let slice = hold.slices; slice !== undefined; slice = slice.next) {
      if (slice.amount > 0n) slices.push([path.indexOf(slice.account), slice.lot?.order ?? null, slice.amount])
    }
    const costs = this.#costs.get(hold.id)
    // Field by field: every call makes two of these, and a rest of an object costs as much as all of it.
    return {
      id: hold.id,
      origin: hold.origin,
      path: path.map((account) => this.#numbers.get(account) as number),
      asked: hold.asked,
      minAmount: hold.minAmount,
      ttl: hold.ttl,
      tags: hold.tags,
      createdAt: hold.createdAt,
      order: hold.order,
      expiresAt: hold.expiresAt,
      state: hold.state,
      first: hold.first,
      amount: hold.amount,
      held: hold.held,
      spent: hold.spent,
      refunded: hold.refunded,
      slices,
      costs: costs === undefined ? before : [...before, ...costs],
      endedAt: hold.endedAt,
      final: hold.final,
      overrun: hold.overrun,
      late: hold.late,
      answer: hold.answer,
      returned: hold.returned,
    }
  }

  #walletDraft(account: Account, row: WalletRow, lots: LotRow[], isChanged: boolean): WalletChange | undefined {
    const { terms, parent: above, capSpent, capStartsAt, capEndsAt, sequence } = account
    const parent = above === undefined ? undefined : this.#numbers.get(above)
    const allowances = allowanceRows(account, row)
    const isSaidAnew = terms !== row.terms || parent !== row.parent || allowances !== row.allowances
    if (!isChanged && !isSaidAnew) return undefined
    const { number, wallet, version } = row
    const nextLapse = Math.min(this.#touched.nextLapse(number), this.#lapses.get(account) ?? Number.POSITIVE_INFINITY)
    const at = this.#desk.books.at
    const ordinal = this.#desk.books.count
    const amounts = amountsOf(account)
    const cap = { capSpent, capStartsAt, capEndsAt }
    const said = { terms, parent, allowances, lots, nextLapse }
    return {
      row: { number, wallet, version: version + 1, sequence, amounts, at, ordinal, ...cap, ...said },
      dueAt: Math.min(account.dueAt, nextLapse),
      isSaidAnew,
    }
  }
}

function byId(one: HoldRow, other: HoldRow): number {
  return one.id < other.id ? -1 : 1
}

/** Whether a lot can still change. */
export function isOpenLot({ state, reserved }: LotRow): boolean {
  return state === 'scheduled' || state === 'live' || reserved > 0n
}

function isSameLot(lot: Lot, row: LotRow): boolean {
  return lot.available === row.available && lot.reserved === row.reserved && lot.state === row.state
}

function lotRow(lot: Lot): LotRow {
  return {
    order: lot.order,
    grant: lot.grant,
    period: lot.period,
    kind: lot.kind,
    priority: lot.priority,
    effectiveAt: lot.effectiveAt,
    expiresAt: lot.expiresAt,
    only: lot.only,
    amount: lot.amount,
    available: lot.available,
    reserved: lot.reserved,
    state: lot.state,
  }
}

function isSameHold(hold: Hold, row: HoldRow): boolean {
  return (
    hold.state === row.state &&
    hold.held === row.held &&
    hold.spent === row.spent &&
    hold.amount === row.amount &&
    hold.refunded === row.refunded &&
    hold.expiresAt === row.expiresAt &&
    hold.endedAt === row.endedAt
  )
}

function amountsOf(account: Account): Amounts {
  const { granted, drawn, overdraft, writtenOff, available, reserved, spent, expired, revoked } = account
  const amounts: Record<Bucket, bigint> = {
    granted,
    drawn,
    overdraft,
    writtenOff,
    available,
    reserved,
    spent,
    expired,
    revoked,
  }
  return amounts
}

function allowanceRows(account: Account, row: WalletRow): readonly AllowanceRow[] {
  const rows = account.allowances.map((one): AllowanceRow => ({ ...one, lot: one.lot?.order }))
  const isSame =
    rows.length === row.allowances.length &&
    rows.every((one, i) => {
      const before = row.allowances[i] as AllowanceRow
      return (Object.keys(one) as (keyof AllowanceRow)[]).every((name) => one[name] === before[name])
    })
  return isSame ? row.allowances : rows
}

/** Whether a movement goes to what is spent, or comes from there. */
function isCostOrRefund(movement: number): boolean {
  return movement % 10 === 6 || Math.floor(movement / 10) % 10 === 6
}
