import type { LedgerWallet } from '../../../model/noun/wallet.ts'
import type { HoldRow, WalletRow } from '../row/row.ts'
import { WalletMap } from '../row/wallet-map.ts'

/** A wallet as this process knows it. Another object for the same wallet means that others have written meanwhile. */
export interface CachedWallet {
  row: WalletRow
  /** No hold over the wallet lapses before this. */
  nextLapse: number
}

interface CachedHold {
  readonly row: HoldRow
  /** The lowest level: whatever happens to a hold changes the version of that, so while it is the same object the row is true. */
  readonly lowest: CachedWallet
}

const walletLimit = 20_000
const holdLimit = 100_000

/**
 * What this process remembers of the database: wallets it works on, and the holds under way that it made or used. All of it
 * may be out of date, which whoever relies on it finds out when it commits. What was used longest ago is dropped first.
 */
export class RowCache {
  readonly #byNumber = new Map<number, CachedWallet>()
  readonly #byWallet = new WalletMap<CachedWallet>()
  readonly #holds = new Map<string, CachedHold>()

  find(wallet: LedgerWallet): CachedWallet | undefined {
    return this.#byWallet.get(wallet)
  }

  get(number: number): CachedWallet | undefined {
    return this.#byNumber.get(number)
  }

  findHold(id: string): HoldRow | undefined {
    const shelved = this.#holds.get(id)
    if (shelved === undefined) return undefined
    if (this.#byNumber.get(shelved.row.path[0] ?? -1) === shelved.lowest) return shelved.row
    this.#holds.delete(id)
    return undefined
  }

  /** Puts what was read just now. */
  put(row: WalletRow): void {
    const known = this.#byNumber.get(row.number)
    if (known?.row.version === row.version) {
      known.nextLapse = row.nextLapse
      return
    }
    const shelved: CachedWallet = { row, nextLapse: row.nextLapse }
    this.#byNumber.delete(row.number)
    this.#byNumber.set(row.number, shelved)
    this.#byWallet.set(row.wallet, shelved)
  }

  /** Puts a hold under way, or drops one that has ended. */
  putHold(row: HoldRow): void {
    const lowest = this.#byNumber.get(row.path[0] ?? -1)
    this.#holds.delete(row.id)
    if (row.state === 'held' && lowest !== undefined) this.#holds.set(row.id, { row, lowest })
  }

  drop(number: number): void {
    const shelved = this.#byNumber.get(number)
    if (shelved === undefined) return
    this.#byNumber.delete(number)
    this.#byWallet.delete(shelved.row.wallet)
  }

  /** Drops what was put first, as far as there is too much. Not to be called from when a batch is gathered until it is decided. */
  tidy(): void {
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
