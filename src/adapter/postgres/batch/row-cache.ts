import { WalletMap } from '../../../ledger/storage/wallet-map.ts'
import type { WalletLevel } from '../../../model/noun/wallet.ts'
import type { HoldRow, WalletRow } from '../row/row.ts'

/** A cached wallet. A loaded row with another version replaces the whole object and is not assigned to `row`. */
export interface CachedWallet {
  row: WalletRow
  /** The earliest instant at which a hold over the wallet may lapse (a lower bound). */
  nextLapse: number
}

interface CachedHold {
  readonly row: HoldRow
  /**
   * The lowest wallet in the path of the hold. Every change of the hold changes the version of this wallet. `row` is
   * therefore valid as long as the cache contains this `CachedWallet` object.
   */
  readonly lowest: CachedWallet
}

const walletLimit = 20_000
/** Above this number, all absent wallets are forgotten. */
const absentLimit = 100_000
const holdLimit = 100_000

/**
 * A cache of the rows that this process last read or wrote. Rows may be outdated; the commit of a batch detects
 * outdated rows. `trim` evicts the oldest rows beyond 20,000 wallets and 100,000 open holds. Also remembers wallets that
 * do not exist.
 */
export class RowCache {
  readonly #byNumber = new Map<number, CachedWallet>()
  readonly #byWallet = new WalletMap<CachedWallet>()
  readonly #holds = new Map<string, CachedHold>()
  #absent = new WalletMap<true>()
  #absentCount = 0

  find(wallet: WalletLevel): CachedWallet | undefined {
    return this.#byWallet.get(wallet)
  }

  get(number: number): CachedWallet | undefined {
    return this.#byNumber.get(number)
  }

  findHold(id: string): HoldRow | undefined {
    const cached = this.#holds.get(id)
    if (cached === undefined) return undefined
    if (this.#byNumber.get(cached.row.path[0] ?? -1) === cached.lowest) return cached.row
    this.#holds.delete(id)
    return undefined
  }

  /** Whether a wallet did not exist when it was last looked up. */
  isAbsent(wallet: WalletLevel): boolean {
    return this.#absent.get(wallet) !== undefined
  }

  /** Records that a wallet does not exist. Calls may name wallets that are never created, so it is worth remembering. */
  putAbsent(wallet: WalletLevel): void {
    this.#absentCount += 1
    this.#absent.set(wallet, true)
  }

  dropAbsent(wallet: WalletLevel): void {
    this.#absent.delete(wallet)
  }

  /** Stores a wallet that was read from the database. */
  put(row: WalletRow): void {
    this.#absent.delete(row.wallet)
    const known = this.#byNumber.get(row.number)
    if (known?.row.version === row.version) {
      known.nextLapse = row.nextLapse
      return
    }
    const cached: CachedWallet = { row, nextLapse: row.nextLapse }
    this.#byNumber.delete(row.number)
    this.#byNumber.set(row.number, cached)
    this.#byWallet.set(row.wallet, cached)
  }

  /** Stores an open hold, or evicts a hold that has ended. */
  putHold(row: HoldRow): void {
    const lowest = this.#byNumber.get(row.path[0] ?? -1)
    this.#holds.delete(row.id)
    if (row.state === 'held' && lowest !== undefined) this.#holds.set(row.id, { row, lowest })
  }

  /** Evicts the wallet with this number. */
  drop(number: number): void {
    const cached = this.#byNumber.get(number)
    if (cached === undefined) return
    this.#byNumber.delete(number)
    this.#byWallet.delete(cached.row.wallet)
  }

  /** Evicts the oldest rows beyond the limits. Must not be called between the prefetch of a batch and its decision. */
  trim(): void {
    if (this.#absentCount > absentLimit) {
      this.#absent = new WalletMap()
      this.#absentCount = 0
    }
    for (const number of this.#byNumber.keys()) {
      if (this.#byNumber.size <= walletLimit) break
      this.drop(number)
    }
    for (const id of this.#holds.keys()) {
      if (this.#holds.size <= holdLimit) break
      this.#holds.delete(id)
    }
  }
}
