import { freeze } from '../../model/value/freeze.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { LevelCost, Settled } from '../../port/ledger-result.ts'
import type { Account, Hold } from './account.ts'
import { meaningOf } from './entry-kind.ts'
import type { EntryStore } from './entry-store.ts'
import { type ArchivedHold, HoldArchive } from './hold-archive.ts'
import type { HoldStore } from './hold-store.ts'
import { type HashSeed, IdIndex } from './id-index.ts'
import { newHold } from './new-hold.ts'

/** The maximum number of holds that one request forgets. One request adds fewer holds. */
const forgottenAtOnce = 3

/**
 * All known holds by id. Open holds are objects. Most ended holds are only archive rows, from which `find` rebuilds the
 * object with the help of the hold's entries.
 */
export class Holds implements HoldStore {
  readonly #live = new Map<string, Hold>()
  readonly #archive = new HoldArchive()
  readonly #ended: IdIndex
  /**
   * Ended holds that cannot be rebuilt from the archive and are kept as objects (`isPlain` is false), by archive row.
   */
  readonly #special = new Map<number, Hold>()
  readonly #log: EntryStore

  constructor(log: EntryStore, seed: HashSeed) {
    this.#log = log
    this.#ended = new IdIndex((row) => this.#archive.idOf(row), seed)
  }

  add(hold: Hold): void {
    this.#live.set(hold.id, hold)
  }

  /**
   * Returns the hold with this id. Returns `undefined` for an unknown hold, and for a hold that ended at or before
   * `before`.
   */
  find(id: string, before: Instant): Hold | undefined {
    const live = this.#live.get(id)
    if (live !== undefined) return live
    const row = this.#ended.find(id)
    return row < 0 || this.#archive.endedAt(row) <= before ? undefined : this.#at(row)
  }

  /** Records that a hold ended at `at`. When a lapsed hold ends a second time, its retention starts again. */
  end(hold: Hold, at: Instant): void {
    if (hold.endedAt < 0) this.#live.delete(hold.id)
    else this.#special.delete(hold.archiveRow)
    hold.endedAt = at
    hold.archiveRow = this.#archive.add(hold, hold.answer?.isLate === true)
    this.#ended.set(hold.id, hold.archiveRow)
    if (isPlain(hold)) return
    // The caller receives the same object, and must not be able to change a later replay.
    freeze(hold.answer)
    this.#special.set(hold.archiveRow, hold)
  }

  /** Keeps an ended hold as an object from now on, because the archive does not store all its fields. */
  keep(hold: Hold): void {
    if (hold.endedAt >= 0) this.#special.set(hold.archiveRow, hold)
  }

  /** Forgets holds that ended at or before `before`. Each call forgets at most `forgottenAtOnce` holds. */
  forget(before: Instant): void {
    for (let i = 0; i < forgottenAtOnce; i += 1) {
      const oldest = this.#archive.findOldest(before)
      if (oldest === undefined) return
      // A later row may have the same id: the hold ended again, or the id was reused.
      if (this.#ended.find(oldest.id) === oldest.row) this.#ended.delete(oldest.id)
      this.#special.delete(oldest.row)
      this.#archive.dropOldest()
    }
  }

  /** Returns every stored hold, in the order of their ends. `log` has the entries of the ledger. */
  *values(log: EntryStore = this.#log): IterableIterator<Hold> {
    yield* this.#live.values()
    const rows = [...this.#ended.rows()].sort((one, other) => one - other)
    for (const row of rows) yield this.#special.get(row) ?? revive(this.#archive.get(row), row, log)
  }

  /** The open holds. */
  open(): IterableIterator<Hold> {
    return this.#live.values()
  }

  /** The ended holds that are kept as objects, by archive row. */
  get special(): ReadonlyMap<number, Hold> {
    return this.#special
  }

  /** Captures the archive rows of the ended holds, oldest first. Later changes do not affect the returned rows. */
  ended(): Iterable<readonly [row: number, hold: ArchivedHold]> {
    return this.#archive.rows()
  }

  /** Adds the next archive row, with the object of a hold that is kept as one. */
  restoreEnded(archived: ArchivedHold, special?: Hold): void {
    const row = this.#archive.add(archived, archived.isLate)
    this.#ended.set(archived.id, row)
    if (special === undefined) return
    special.archiveRow = row
    freeze(special.answer)
    this.#special.set(row, special)
  }

  #at(row: number): Hold {
    return this.#special.get(row) ?? revive(this.#archive.get(row), row, this.#log)
  }
}

/** Whether an ended hold can be rebuilt from its archive row and its entries alone. */
function isPlain(hold: Hold): boolean {
  return (
    (hold.path.length > 0 || hold.origin === 'tombstone') &&
    hold.overrun === undefined &&
    hold.late === undefined &&
    hold.spent === hold.final &&
    hold.amount === hold.requested &&
    (hold.answer === undefined || hold.answer.softLimitsReached.length + hold.answer.lowBalancesReached.length === 0)
  )
}

function revive(archived: ArchivedHold, archiveRow: number, log: EntryStore): Hold {
  const { id, origin, path, call, minAmount, ttl, createdAt, expiresAt, state, lastRow, endedAt, isLate } = archived
  const levels = path.map((account) => takenOf(account, lastRow, log))
  const [lowest] = levels
  const amount = path[0] === undefined ? 0n : heldBy(path[0], lastRow, log)
  const spent = lowest === undefined ? 0n : costOf(lowest)
  const answer: Settled | undefined =
    state === 'settled'
      ? { ok: true, replay: false, isLate, levels, softLimitsReached: [], lowBalancesReached: [] }
      : undefined
  return newHold({
    id,
    origin,
    path,
    call,
    requested: amount,
    minAmount,
    ttl,
    createdAt,
    order: 0,
    expiresAt,
    state,
    first: amount,
    amount,
    spent,
    lastRow,
    endedAt,
    archiveRow,
    final: spent,
    answer,
    returned: state === 'released' ? (lowest?.returned ?? 0n) + (lowest?.lost ?? 0n) : 0n,
  })
}

function costOf({ fromReserved, fromAvailable, fromDrawn, fromOverdraft, fromWrittenOff }: LevelCost): bigint {
  return fromReserved + fromAvailable + fromDrawn + fromOverdraft + fromWrittenOff
}

function heldBy(account: Account, lastRow: number, log: EntryStore): bigint {
  let held = 0n
  for (let row = lastRow; row >= 0; row = log.beforeOfHold(row)) {
    if (log.accountOf(row) === account && meaningOf(log.kindOf(row)).type === 'reserved') held += log.amountOf(row)
  }
  return held
}

/**
 * Returns the costs and returned credits of one hold at one account, summed from its entries. Excludes credits that
 * returned when the hold lapsed.
 */
function takenOf(account: Account, lastRow: number, log: EntryStore): LevelCost {
  const taken = {
    wallet: account.wallet,
    fromReserved: 0n,
    fromAvailable: 0n,
    fromDrawn: 0n,
    fromOverdraft: 0n,
    fromWrittenOff: 0n,
    returned: 0n,
    lost: 0n,
  }
  for (let row = lastRow; row >= 0; row = log.beforeOfHold(row)) {
    const { type, from, to } = meaningOf(log.kindOf(row))
    if (log.accountOf(row) !== account || (type !== 'settled' && type !== 'charged' && type !== 'released')) continue
    const amount = log.amountOf(row)
    if (to !== 'spent') taken[to === 'expired' || to === 'revoked' ? 'lost' : 'returned'] += amount
    else if (from === 'reserved') taken.fromReserved += amount
    else if (from === 'available') taken.fromAvailable += amount
    else if (from === 'drawn') taken.fromDrawn += amount
    else if (from === 'overdraft') taken.fromOverdraft += amount
    else taken.fromWrittenOff += amount
  }
  return taken
}
