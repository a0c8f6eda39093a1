import { lotKey } from '../../../ledger/storage/account.ts'
import type { EntryReference, Refund, Revoke } from '../../../port/ledger-request.ts'
import type { SqlSession } from '../client/sql-client.ts'
import type { CostEntryRow, HoldRow, LotRow, WalletRow } from '../row/row.ts'
import type { RowCache } from './row-cache.ts'
import type { Store } from './statements.ts'
import type { LoadedRows, NamedCost } from './working-set.ts'

type Read = () => Promise<void>

/**
 * The rows that only a refund or a revoke needs: the cost of the entry that a refund names, and lots that are not open.
 * Wallet rows do not contain them, so that the cost of a reserve does not grow with the number of spent grants.
 */
export class RefundReads {
  readonly #options: { readonly store: Store; readonly cache: RowCache; readonly session: SqlSession }
  /** By wallet number: the lots that were read, by ordinal or, for a revoke, by `lotKey`. */
  readonly #lots = new Map<number, Map<number | string, LotRow | undefined>>()
  /** By wallet number and sequence: the cost of an entry. */
  readonly #costs = new Map<number, Map<number, readonly CostEntryRow[]>>()

  constructor(options: { readonly store: Store; readonly cache: RowCache; readonly session: SqlSession }) {
    this.#options = options
  }

  /** Forgets everything that was read. */
  clear(): void {
    this.#lots.clear()
    this.#costs.clear()
  }

  /** Returns the cost of an entry. `undefined` when it was not read, or its wallet does not exist. */
  costOf({ wallet, sequence }: EntryReference): readonly CostEntryRow[] | undefined {
    return this.#costs.get(this.#options.cache.find(wallet)?.row.number ?? -1)?.get(sequence)
  }

  /** Returns the pending reads of a refund. `holds` are the loaded holds. */
  ofRefund({ hold, entry }: Refund, holds: ReadonlyMap<string, HoldRow>): readonly Read[] {
    const { store, session, cache } = this.#options
    const cost = entry && this.costOf(entry)
    if (entry !== undefined && cost === undefined) {
      const row = cache.find(entry.wallet)?.row
      if (row === undefined || row.version === 0) return []
      const { number } = row
      const { sequence } = entry
      return [async () => void own(this.#costs, number).set(sequence, await store.costOf(session, number, sequence))]
    }
    const row = holds.get(hold ?? cost?.[0]?.hold ?? '')
    const lots = [
      ...(cost ?? []).map(({ wallet, lot }) => [wallet, lot] as const),
      ...(row?.costs ?? []).map(([level, , lot]) => [row?.path[level] ?? -1, lot] as const),
    ]
    return this.#readsOfLots(lots)
  }

  /** Returns the pending reads of lots by wallet number and ordinal, and of the lots that repaid debts of these wallets. */
  #readsOfLots(lots: readonly (readonly [number: number, ordinal: number | null])[]): readonly Read[] {
    const { store, session, cache } = this.#options
    const wanted = new Map<number, Set<number>>()
    for (const [number, lot] of lots) {
      const wallet = cache.get(number)?.row
      if (wallet === undefined) continue
      for (const ordinal of [lot, ...wallet.debts.debts.map(({ repaidBy }) => repaidBy)]) {
        if (ordinal === null || ordinal === undefined || this.#isKnown(wallet, ordinal)) continue
        wanted.set(number, (wanted.get(number) ?? new Set()).add(ordinal))
      }
    }
    return [...wanted].map(([number, ordinals]) => async () => {
      const read = await store.lots(session, number, [...ordinals])
      for (const ordinal of ordinals) own(this.#lots, number).set(ordinal, undefined)
      for (const lot of read) own(this.#lots, number).set(lot.order, lot)
    })
  }

  #isKnown({ number, lots }: WalletRow, ordinal: number): boolean {
    return this.#lots.get(number)?.has(ordinal) === true || lots.some(({ order }) => order === ordinal)
  }

  /** Returns the pending read of a revoke: the lot that it names, unless this lot is open. */
  ofRevoke(revoke: Revoke): readonly Read[] {
    const { store, session, cache } = this.#options
    const { wallet, grant, period } = revoke
    const row = cache.find(wallet)?.row
    const key = lotKey({ grant, period })
    if (row === undefined || row.version === 0 || this.#lots.get(row.number)?.has(key)) return []
    if (row.lots.some((lot) => lot.grant === grant && lot.period === period)) return []
    const { number } = row
    return [async () => void own(this.#lots, number).set(key, await store.findClosedLot(session, number, revoke))]
  }

  /** Returns everything that was read, for a working set. */
  rows(): Pick<LoadedRows, 'closedLots' | 'namedCosts'> {
    const closedLots: [number, LotRow][] = []
    const namedCosts: NamedCost[] = []
    for (const [number, lots] of this.#lots) {
      const byOrder = new Map<number, LotRow>()
      for (const lot of lots.values()) if (lot !== undefined) byOrder.set(lot.order, lot)
      for (const lot of byOrder.values()) closedLots.push([number, lot])
    }
    for (const [wallet, costs] of this.#costs) {
      for (const [sequence, entries] of costs) namedCosts.push({ wallet, sequence, entries })
    }
    return { closedLots, namedCosts }
  }
}

function own<Key, Value>(maps: Map<number, Map<Key, Value>>, number: number): Map<Key, Value> {
  const known = maps.get(number)
  if (known !== undefined) return known
  const made = new Map<Key, Value>()
  maps.set(number, made)
  return made
}
