import { periodSpanAt } from '../../../ledger/period.ts'
import type { LedgerWallet } from '../../../model/noun/wallet.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { SqlSession } from '../client/sql-client.ts'
import type { HoldRow, KeyRow, WalletRow } from '../row/row.ts'
import { WalletMap } from '../row/wallet-map.ts'
import { type Operation, type OperationTarget, targetOf } from './operation.ts'
import type { CachedWallet, RowCache } from './row-cache.ts'
import type { Store } from './statements.ts'
import type { LoadedRows } from './working-set.ts'

/** Everything that a batch is to be decided on, and what it takes for granted. */
export interface Prefetched {
  readonly at: Instant
  readonly papers: LoadedRows
  readonly vacant: readonly WalletRow[]
  /** The wallets that decisions rest on: the lowest levels first, the highest last. */
  readonly seen: readonly WalletRow[]
  readonly absentHolds: readonly string[]
  readonly absentKeys: readonly string[]
  /** Whether all of it is from one look at the database, so that it was true at one moment of this call. */
  readonly isFresh: boolean
  /** Whether more holds have lapsed than are here: these are to be booked first. */
  readonly isTruncated: boolean
}

export interface PrefetchOptions {
  readonly store: Store
  readonly shelf: RowCache
  readonly session: SqlSession
  /** The time, as it is now. */
  readonly now: () => Instant
  /** Whether ids that should be new are looked up all the same. */
  readonly isCareful: boolean
}

/** How many milliseconds a process may be late without noticing: much less than rows are kept for beyond their retention. */
const sleepLimit = 60_000

/** Gathers what a batch needs: from the shelf what is there, from the database the rest. */
export async function prefetch(items: readonly Operation[], options: PrefetchOptions): Promise<Prefetched> {
  const gathering = new Prefetch(items, options)
  for (;;) {
    gathering.lookThrough()
    if (gathering.isComplete()) return gathering.result()
    await gathering.load()
  }
}

/** The same where everything is on the shelf, so that there is nothing to wait for. */
export function prefetchFromCache(items: readonly Operation[], options: PrefetchOptions): Prefetched | undefined {
  const gathering = new Prefetch(items, options)
  gathering.lookThrough()
  return gathering.isComplete() ? gathering.result() : undefined
}

class Prefetch {
  readonly #options: PrefetchOptions
  readonly #subjects: readonly OperationTarget[]
  /** What was looked up for this batch. */
  readonly #holds = new Map<string, HoldRow | undefined>()
  readonly #keys = new Map<string, KeyRow | undefined>()
  readonly #nowhere = new WalletMap<true>()
  readonly #opened = new WalletMap<true>()
  readonly #spent = new Map<number, bigint>()
  readonly #deepest = new Map<number, readonly number[]>()
  readonly #fresh = new Set<number>()
  #loads = 0
  #lapsedUntil: Instant | undefined
  #at: Instant

  /** What is needed and not there, and what is there, as of the last look through. */
  #missing = {
    wallets: [] as LedgerWallet[],
    numbers: new Set<number>(),
    holds: new Set<string>(),
    keys: new Set<string>(),
  }
  #toOpen: LedgerWallet[] = []
  #seen = new Map<number, CachedWallet>()
  #linked = new Map<number, CachedWallet>()
  #papersHolds = new Map<string, HoldRow>()
  #absentHolds = new Set<string>()
  #absentKeys = new Set<string>()

  constructor(items: readonly Operation[], options: PrefetchOptions) {
    this.#options = options
    this.#subjects = items.map(targetOf)
    this.#at = options.now()
  }

  lookThrough(): void {
    this.#missing = { wallets: [], numbers: new Set(), holds: new Set(), keys: new Set() }
    this.#toOpen = []
    this.#seen = new Map()
    this.#linked = new Map()
    this.#papersHolds = new Map()
    this.#absentHolds = new Set()
    this.#absentKeys = new Set()
    for (const subject of this.#subjects) this.#lookAt(subject)
    for (const hold of this.#holds.values()) {
      if (hold?.state === 'held' && hold.expiresAt <= this.#at) this.#takeHold(hold)
    }
    for (const { row } of this.#linked.values()) this.#at = Math.max(this.#at, row.at)
    for (const [number, { nextLapse }] of this.#seen) if (nextLapse <= this.#at) this.#missing.numbers.add(number)
  }

  isComplete(): boolean {
    const { wallets, numbers, holds, keys } = this.#missing
    const isThere = wallets.length === 0 && numbers.size === 0 && holds.size === 0 && keys.size === 0
    return (isThere && this.#toOpen.length === 0 && this.#unread().length === 0) || this.#lapsedUntil !== undefined
  }

  async load(): Promise<void> {
    const { store, session, shelf, now } = this.#options
    const { wallets, numbers, holds, keys } = this.#missing
    this.#loads += 1
    if (this.#toOpen.length > 0) {
      await store.openWallets(session, this.#toOpen)
      for (const wallet of this.#toOpen) this.#opened.set(wallet, true)
      wallets.push(...this.#toOpen)
    }
    if (wallets.length > 0 || numbers.size > 0 || holds.size > 0 || keys.size > 0) {
      const lookup = { wallets, numbers: [...numbers], holds: [...holds], keys: [...keys] }
      const sight = await store.load(session, lookup, this.#at)
      // Where somebody else has written since the last look, what that look brought is not to be relied on.
      if (sight.wallets.some(({ number, version }) => (shelf.get(number)?.row.version ?? version) !== version))
        this.#forget()
      for (const row of sight.wallets) {
        shelf.put(sight.lapsedUntil === undefined ? row : { ...row, nextLapse: 0 })
        this.#fresh.add(row.number)
      }
      for (const id of holds) this.#holds.set(id, undefined)
      for (const key of keys) this.#keys.set(key, undefined)
      for (const row of sight.holds) this.#holds.set(row.id, row)
      for (const row of sight.keys) this.#keys.set(row.key, row)
      for (const wallet of wallets) if (shelf.find(wallet) === undefined) this.#nowhere.set(wallet, true)
      this.#lapsedUntil = sight.lapsedUntil
      // Whoever was asleep learns it by the answer: what is removed by now must not look as if it had never been.
      if (now() > this.#at + sleepLimit) this.#at = now()
    }
    for (const read of this.#unread()) await read()
  }

  #forget(): void {
    this.#holds.clear()
    this.#keys.clear()
    this.#spent.clear()
    this.#deepest.clear()
  }

  result(): Prefetched {
    const rows = [...this.#linked.values()].map(({ row }) => row)
    const keys = [...this.#keys.values()].filter((row) => row !== undefined)
    const seen = [...this.#seen.values()].map(({ row }) => row)
    return {
      at: this.#at,
      papers: { wallets: rows, holds: this.#papersHeld(), keys, spentInTurn: this.#spent },
      vacant: rows.filter(({ version }) => version === 0),
      seen: this.#lowestFirst(seen),
      absentHolds: [...this.#absentHolds],
      absentKeys: [...this.#absentKeys],
      isFresh: this.#loads === 1 && seen.every(({ number }) => this.#fresh.has(number)) && this.#areLookedUp(),
      isTruncated: this.#lapsedUntil !== undefined,
    }
  }

  /**
   * When more holds have lapsed than were brought, only those that none at any wallet is missing before, so that they lapse in
   * order. Not every hold of the batch need have its wallets then.
   */
  #papersHeld(): readonly HoldRow[] {
    const holds = [...this.#papersHolds.values()]
    const until = this.#lapsedUntil
    if (until === undefined) return holds
    return holds.filter(({ path, expiresAt }) => expiresAt <= until && path.every((number) => this.#linked.has(number)))
  }

  #areLookedUp(): boolean {
    return (
      [...this.#absentHolds].every((id) => this.#holds.has(id)) &&
      [...this.#absentKeys].every((key) => this.#keys.has(key))
    )
  }

  #lookAt({ hold, isNewHold, key, wallets, opens, put }: OperationTarget): void {
    if (key !== undefined) {
      const known = this.#keys.get(key)
      if (known === undefined) this.#absentKeys.add(key)
      if (this.#options.isCareful && !this.#keys.has(key)) this.#missing.keys.add(key)
    }
    if (hold !== undefined) this.#lookAtHold(hold, isNewHold)
    for (const wallet of wallets) this.#lookAtWallet(wallet, opens !== wallet)
    if (opens !== undefined) this.#lookAtOpened(opens)
    if (put?.parent !== undefined) this.#lookBelow(put.wallet)
  }

  #lookAtHold(id: string, isNew: boolean): void {
    const found = this.#holds.get(id) ?? this.#options.shelf.findHold(id)
    if (found !== undefined) {
      this.#takeHold(found)
      return
    }
    const isMade = this.#absentHolds.has(id)
    this.#absentHolds.add(id)
    if (this.#holds.has(id) || ((isNew || isMade) && !this.#options.isCareful)) return
    this.#missing.holds.add(id)
  }

  #takeHold(hold: HoldRow): void {
    if (this.#papersHolds.has(hold.id)) return
    this.#papersHolds.set(hold.id, hold)
    for (const number of hold.path) this.#takeNumber(number, true)
  }

  #lookAtWallet(wallet: LedgerWallet, isPath: boolean): void {
    const shelved = this.#options.shelf.find(wallet)
    if (shelved === undefined) {
      if (this.#nowhere.get(wallet) === undefined) this.#missing.wallets.push(wallet)
      return
    }
    this.#take(shelved)
    this.#link(shelved, isPath)
  }

  /** A wallet that a write may make has a row before the write is done. */
  #lookAtOpened(wallet: LedgerWallet): void {
    if (this.#options.shelf.find(wallet) !== undefined || this.#nowhere.get(wallet) === undefined) return
    if (this.#opened.get(wallet) === undefined) this.#toOpen.push(wallet)
  }

  /** The longest way down, for whoever is to find out how long a path would be. */
  #lookBelow(wallet: LedgerWallet): void {
    const shelved = this.#options.shelf.find(wallet)
    for (const number of this.#deepest.get(shelved?.row.number ?? -1) ?? []) this.#takeNumber(number, false)
  }

  #takeNumber(number: number, isPath: boolean): void {
    const shelved = this.#options.shelf.get(number)
    if (shelved === undefined) {
      this.#missing.numbers.add(number)
      return
    }
    this.#take(shelved)
    this.#link(shelved, isPath)
  }

  #take(shelved: CachedWallet): void {
    this.#seen.set(shelved.row.number, shelved)
    this.#linked.set(shelved.row.number, shelved)
  }

  /** Takes the parents along: since decisions rest on them, or only so that the kernel can walk up. */
  #link(shelved: CachedWallet, isPath: boolean): void {
    let { parent } = shelved.row
    while (parent !== undefined) {
      const above = this.#options.shelf.get(parent)
      if (above === undefined) {
        this.#missing.numbers.add(parent)
        return
      }
      if (isPath) this.#take(above)
      else this.#linked.set(parent, above)
      parent = above.row.parent
    }
  }

  /** What only a wallet that is put needs to have read: what its cap has counted, and how deep it goes. */
  #unread(): (() => Promise<void>)[] {
    const { store, session, shelf } = this.#options
    const reads: (() => Promise<void>)[] = []
    for (const { put } of this.#subjects) {
      const shelved = put && shelf.find(put.wallet)
      if (put === undefined || shelved === undefined || shelved.row.version === 0) continue
      const { number, amounts } = shelved.row
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

  #lowestFirst(rows: readonly WalletRow[]): readonly WalletRow[] {
    const levels = rows.map((row) => ({ row, level: this.#levelOf(row) }))
    levels.sort((a, b) => b.level - a.level || a.row.number - b.row.number)
    return levels.map(({ row }) => row)
  }

  #levelOf(row: WalletRow): number {
    let level = 0
    for (let at = row; at.parent !== undefined && level < 16; level += 1) {
      const above = this.#linked.get(at.parent)?.row
      if (above === undefined) break
      at = above
    }
    return level
  }
}
