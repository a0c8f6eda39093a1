import type { Account, Lot } from '../storage/account.ts'
import type { MemoryBooks } from '../storage/open-books.ts'
import type { BlockNames } from './entry-block.ts'

/** The names that archived entries use for the accounts and lots of books. Keeps every lot that it knows in memory. */
export class ArchiveNames implements BlockNames {
  readonly #books: MemoryBooks
  readonly #numbers = new Map<Account, number>()
  /** The lots by creation number. */
  readonly lots = new Map<number, Lot>()

  constructor(books: MemoryBooks) {
    this.#books = books
  }

  numberOf(account: Account): number {
    const all = this.#books.accounts.all()
    for (let i = this.#numbers.size; i < all.length; i += 1) this.#numbers.set(all[i] as Account, i)
    return this.#numbers.get(account) ?? -1
  }

  accountAt(number: number): Account | undefined {
    return this.#books.accounts.all()[number]
  }

  lotAt(order: number): Lot | undefined {
    return this.lots.get(order)
  }

  add(lot: Lot | undefined): void {
    if (lot !== undefined) this.lots.set(lot.order, lot)
  }
}
