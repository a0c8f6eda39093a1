import { periodSpanAt } from '../../../ledger/period.ts'
import { WalletMap } from '../../../ledger/storage/wallet-map.ts'
import { idTextOf } from '../../../ledger/wallet-level.ts'
import type { WalletLevel } from '../../../model/noun/wallet.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { SqlSession } from '../client/sql-client.ts'
import type { HoldRow, KeyRow, WalletRow } from '../row/row.ts'
import { lockingOrder } from './locking-order.ts'
import { type Operation, type OperationTarget, targetOf } from './operation.ts'
import { RefundReads } from './refund-reads.ts'
import type { CachedWallet, RowCache } from './row-cache.ts'
import type { Store } from './statements.ts'
import type { LoadedRows } from './working-set.ts'

/** The rows that a batch is decided on, and the ids that must be absent for the decisions to hold. */
export interface Prefetched {
  readonly at: Instant
  readonly rows: LoadedRows
  /** The rows in `rows.wallets` that are placeholders: rows with version 0 of wallets that do not exist yet. */
  readonly placeholders: readonly WalletRow[]
  /** The wallets that the decisions depend on, in locking order: the lowest levels first. */
  readonly readSet: readonly WalletRow[]
  /** The wallets that operations name and that do not exist. */
  readonly absentWallets: readonly WalletLevel[]
  /** The loaded holds that are booked at no wallet. */
  readonly unbookedHolds: readonly HoldRow[]
  readonly absentHolds: readonly string[]
  readonly absentKeys: readonly string[]
  /**
   * Whether the rows are one consistent snapshot of the database: a single `load` returned the whole read set and
   * looked up all absent ids.
   */
  readonly isFresh: boolean
  /**
   * Whether some lapsed holds were not loaded, because they were too many. The runner then books the loaded lapses and
   * prefetches the batch again.
   */
  readonly isTruncated: boolean
}

export interface PrefetchOptions {
  readonly store: Store
  readonly cache: RowCache
  readonly session: SqlSession
  readonly now: () => Instant
  /**
   * Whether to look up ids that the batch expects to be new. True on a retry, because such an id may have caused the
   * conflict.
   */
  readonly checksNewIds: boolean
}

/**
 * The duration of a load, in milliseconds, after which the batch reads the clock again. Far less than `purgeMargin`.
 */
const sleepLimit = 60_000

/** Collects the rows that a batch needs, from the cache where possible and otherwise from the database. */
export async function prefetch(operations: readonly Operation[], options: PrefetchOptions): Promise<Prefetched> {
  const collector = new Collector(operations, options)
  for (;;) {
    collector.collect()
    if (collector.isComplete()) return collector.result()
    await collector.load()
  }
}

/**
 * Collects the rows that a batch needs from the cache alone, without waiting. Returns `undefined` when a row is
 * missing.
 */
export function prefetchFromCache(operations: readonly Operation[], options: PrefetchOptions): Prefetched | undefined {
  const collector = new Collector(operations, options)
  collector.collect()
  return collector.isComplete() ? collector.result() : undefined
}

/**
 * Collects the rows that a batch needs. Callers alternate `collect`, which records the missing rows, and `load`, which
 * loads them, until `isComplete` returns true.
 */
class Collector {
  readonly #options: PrefetchOptions
  readonly #targets: readonly OperationTarget[]
  /** The holds loaded for this batch, by id, and below the keys. `undefined` for an id that does not exist. */
  readonly #holds = new Map<string, HoldRow | undefined>()
  readonly #keys = new Map<string, KeyRow | undefined>()
  readonly #nonexistent = new WalletMap<true>()
  readonly #created = new WalletMap<true>()
  readonly #spent = new Map<number, bigint>()
  readonly #deepest = new Map<number, readonly number[]>()
  readonly #fresh = new Set<number>()
  readonly #refundReads: RefundReads
  /** Whether a statement other than `load` has read rows. */
  #hasRead = false
  #loads = 0
  #lapsedUntil: Instant | undefined
  #at: Instant

  /** The rows that the latest `collect` could not find. The fields below are also results of the latest `collect`. */
  #missing = {
    wallets: [] as WalletLevel[],
    numbers: new Set<number>(),
    holds: new Set<string>(),
    keys: new Set<string>(),
  }
  #toCreate: WalletLevel[] = []
  /**
   * The wallets that the decisions depend on, by number. `#wallets` contains the same wallets and all of their
   * ancestors.
   */
  #readSet = new Map<number, CachedWallet>()
  #wallets = new Map<number, CachedWallet>()
  #batchHolds = new Map<string, HoldRow>()
  #absentWallets = new Map<string, WalletLevel>()
  #absentHolds = new Set<string>()
  #absentKeys = new Set<string>()

  constructor(operations: readonly Operation[], options: PrefetchOptions) {
    this.#options = options
    this.#refundReads = new RefundReads(options)
    this.#targets = operations.map(targetOf)
    this.#at = options.now()
  }

  /** Collects the known rows for all operations, and records the missing rows in `#missing`. */
  collect(): void {
    this.#missing = { wallets: [], numbers: new Set(), holds: new Set(), keys: new Set() }
    this.#toCreate = []
    this.#readSet = new Map()
    this.#wallets = new Map()
    this.#batchHolds = new Map()
    this.#absentWallets = new Map()
    this.#absentHolds = new Set()
    this.#absentKeys = new Set()
    for (const target of this.#targets) this.#collectTarget(target)
    for (const hold of this.#holds.values()) {
      if (hold?.state === 'held' && hold.expiresAt <= this.#at) this.#addHold(hold)
    }
    for (const { row } of this.#wallets.values()) this.#at = Math.max(this.#at, row.at)
    for (const [number, { nextLapse }] of this.#readSet) if (nextLapse <= this.#at) this.#missing.numbers.add(number)
  }

  isComplete(): boolean {
    return (!this.#isLookupNeeded() && this.#toCreate.length === 0 && this.#reads().length === 0) || this.#isTruncated
  }

  #isLookupNeeded(): boolean {
    const { wallets, numbers, holds, keys } = this.#missing
    return wallets.length > 0 || numbers.size > 0 || holds.size > 0 || keys.size > 0
  }

  get #isTruncated(): boolean {
    return this.#lapsedUntil !== undefined
  }

  async load(): Promise<void> {
    const { store, session } = this.#options
    const { wallets } = this.#missing
    this.#loads += 1
    if (this.#toCreate.length > 0) {
      await store.createWalletRows(session, this.#toCreate)
      for (const wallet of this.#toCreate) this.#created.set(wallet, true)
      wallets.push(...this.#toCreate)
    }
    if (this.#isLookupNeeded()) await this.#lookUp()
    for (const read of this.#reads()) {
      await read()
      this.#hasRead = true
    }
  }

  async #lookUp(): Promise<void> {
    const { store, session, cache, now } = this.#options
    const { wallets, numbers, holds, keys } = this.#missing
    const lookup = { wallets, numbers: [...numbers], holds: [...holds], keys: [...keys] }
    const loaded = await store.load(session, lookup, this.#at)
    // When another process has written since the previous load, the rows of the two loads may be inconsistent.
    if (loaded.wallets.some(({ number, version }) => (cache.get(number)?.row.version ?? version) !== version))
      this.#forget()
    for (const row of loaded.wallets) {
      cache.put(loaded.lapsedUntil === undefined ? row : { ...row, nextLapse: 0 })
      this.#fresh.add(row.number)
    }
    for (const id of holds) this.#holds.set(id, undefined)
    for (const key of keys) this.#keys.set(key, undefined)
    for (const row of loaded.holds) this.#holds.set(row.id, row)
    for (const row of loaded.keys) this.#keys.set(row.key, row)
    for (const wallet of wallets) {
      if (cache.find(wallet) !== undefined) continue
      this.#nonexistent.set(wallet, true)
      cache.putAbsent(wallet)
    }
    this.#lapsedUntil = loaded.lapsedUntil
    // After the machine slept, the result updates the clock. At the old time, a purged id would seem to be a new id.
    if (now() > this.#at + sleepLimit) this.#at = now()
  }

  #forget(): void {
    this.#holds.clear()
    this.#keys.clear()
    this.#spent.clear()
    this.#deepest.clear()
    this.#refundReads.clear()
  }

  result(): Prefetched {
    const wallets = [...this.#wallets.values()].map(({ row }) => row)
    const keys = [...this.#keys.values()].filter((row) => row !== undefined)
    const readSet = [...this.#readSet.values()].map(({ row }) => row)
    return {
      at: this.#at,
      rows: { wallets, holds: this.#loadableHolds(), keys, spentInPeriod: this.#spent, ...this.#refundReads.rows() },
      placeholders: wallets.filter(({ version }) => version === 0),
      readSet: lockingOrder(readSet, (number) => this.#wallets.get(number)?.row),
      absentWallets: [...this.#absentWallets.values()],
      unbookedHolds: [...this.#batchHolds.values()].filter(({ path }) => path.length === 0),
      absentHolds: [...this.#absentHolds],
      absentKeys: [...this.#absentKeys],
      isFresh:
        !this.#hasRead &&
        this.#loads === 1 &&
        readSet.every(({ number }) => this.#fresh.has(number)) &&
        this.#areAbsencesLoaded(),
      isTruncated: this.#isTruncated,
    }
  }

  /**
   * Returns the loaded holds that the batch may use. If `#lapsedUntil` is set, some lapsed holds are missing. Then
   * returns only holds that lapse by `#lapsedUntil` and whose wallets are loaded, so that holds lapse in order.
   */
  #loadableHolds(): readonly HoldRow[] {
    const holds = [...this.#batchHolds.values()]
    const until = this.#lapsedUntil
    if (until === undefined) return holds
    return holds.filter(
      ({ path, expiresAt }) => expiresAt <= until && path.every((number) => this.#wallets.has(number)),
    )
  }

  #areAbsencesLoaded(): boolean {
    return (
      [...this.#absentWallets.values()].every((wallet) => this.#nonexistent.get(wallet) !== undefined) &&
      [...this.#absentHolds].every((id) => this.#holds.has(id)) &&
      [...this.#absentKeys].every((key) => this.#keys.has(key))
    )
  }

  #collectTarget({ hold, isNewHold, key, wallets, opens, put, refund }: OperationTarget): void {
    if (key !== undefined) {
      const known = this.#keys.get(key)
      if (known === undefined) this.#absentKeys.add(key)
      if (this.#options.checksNewIds && !this.#keys.has(key)) this.#missing.keys.add(key)
    }
    if (hold !== undefined) this.#collectHold(hold, isNewHold)
    for (const wallet of wallets) this.#collectWallet(wallet, opens !== wallet)
    if (opens !== undefined) this.#collectCreated(opens)
    if (put?.parent !== undefined) this.#collectDescendants(put.wallet)
    const [named, ...others] = (refund?.entry && this.#refundReads.costOf(refund.entry)) ?? []
    if (named === undefined) return
    this.#collectHold(named.hold, false)
    for (const { wallet } of [named, ...others]) this.#collectNumber(wallet, true)
    for (const level of named.call[0]) if (typeof level === 'number') this.#collectNumber(level, false)
  }

  #collectHold(id: string, isNew: boolean): void {
    const found = this.#holds.get(id) ?? this.#options.cache.findHold(id)
    if (found !== undefined) {
      this.#addHold(found)
      return
    }
    const isCreatedByBatch = this.#absentHolds.has(id)
    this.#absentHolds.add(id)
    if (this.#holds.has(id) || ((isNew || isCreatedByBatch) && !this.#options.checksNewIds)) return
    this.#missing.holds.add(id)
  }

  #addHold(hold: HoldRow): void {
    if (this.#batchHolds.has(hold.id)) return
    this.#batchHolds.set(hold.id, hold)
    for (const number of hold.path) this.#collectNumber(number, true)
  }

  #collectWallet(wallet: WalletLevel, isPath: boolean): void {
    const { cache, checksNewIds } = this.#options
    const cached = cache.find(wallet)
    if (cached !== undefined) this.#addWallet(cached, isPath)
    else if (this.#nonexistent.get(wallet) !== undefined || (isPath && !checksNewIds && cache.isAbsent(wallet)))
      this.#absentWallets.set(textOf(wallet), wallet)
    else this.#missing.wallets.push(wallet)
  }

  /**
   * Requests a placeholder row for a wallet that an operation may create. Does nothing unless a load has found no row
   * of the wallet.
   */
  #collectCreated(wallet: WalletLevel): void {
    if (this.#options.cache.find(wallet) !== undefined || this.#nonexistent.get(wallet) === undefined) return
    if (this.#created.get(wallet) === undefined) this.#toCreate.push(wallet)
  }

  /**
   * Collects the wallets on the longest path below a wallet. Needed to decide whether a new parent makes a path too
   * long.
   */
  #collectDescendants(wallet: WalletLevel): void {
    const cached = this.#options.cache.find(wallet)
    for (const number of this.#deepest.get(cached?.row.number ?? -1) ?? []) this.#collectNumber(number, false)
  }

  #collectNumber(number: number, isPath: boolean): void {
    const cached = this.#options.cache.get(number)
    if (cached === undefined) this.#missing.numbers.add(number)
    else this.#addWallet(cached, isPath)
  }

  /**
   * Adds a wallet to the read set, and its ancestors to the working set. With `isPath`, the decision also depends on
   * the contents of the ancestors, which are then added to the read set.
   */
  #addWallet(cached: CachedWallet, isPath: boolean): void {
    this.#addToReadSet(cached)
    let { parent } = cached.row
    while (parent !== undefined) {
      const above = this.#options.cache.get(parent)
      if (above === undefined) {
        this.#missing.numbers.add(parent)
        return
      }
      if (isPath) this.#addToReadSet(above)
      else this.#wallets.set(parent, above)
      parent = above.row.parent
    }
  }

  #addToReadSet(cached: CachedWallet): void {
    this.#readSet.set(cached.row.number, cached)
    this.#wallets.set(cached.row.number, cached)
  }

  /**
   * Returns the pending database reads that few operations need. `putWallet`: the amount already spent in the period of a
   * new cap, and the longest path below a wallet that gets a parent. `refund` and `revoke`: costs and lots.
   */
  #reads(): (() => Promise<void>)[] {
    const { store, session, cache } = this.#options
    const reads: (() => Promise<void>)[] = []
    for (const { put, refund, revoke } of this.#targets) {
      if (refund !== undefined) reads.push(...this.#refundReads.ofRefund(refund, this.#batchHolds))
      if (revoke !== undefined) reads.push(...this.#refundReads.ofRevoke(revoke))
      const cached = put && cache.find(put.wallet)
      if (put === undefined || cached === undefined || cached.row.version === 0) continue
      const { number, amounts } = cached.row
      if (put.cap !== undefined && !this.#spent.has(number)) {
        const { period } = put.cap
        if (period === undefined) this.#spent.set(number, amounts.spent)
        else {
          const since = periodSpanAt(period, this.#at).startsAt
          reads.push(async () => void this.#spent.set(number, await store.spentSince(session, number, since)))
        }
      }
      if (put.parent !== undefined && !this.#deepest.has(number)) {
        reads.push(async () => void this.#deepest.set(number, await store.findDeepest(session, number)))
      }
    }
    return reads
  }
}

/** Returns a string that only this wallet has. */
function textOf(wallet: WalletLevel): string {
  return `${wallet.type} ${wallet.incarnation} ${idTextOf(wallet)}`
}
