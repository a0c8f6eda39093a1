import type { Hold } from '../../../ledger/storage/account.ts'
import type { HoldStore } from '../../../ledger/storage/hold-store.ts'
import type { Instant } from '../../../model/value/instant.ts'

/** The hold store of one batch. Never archives a hold, since `diffRows` builds the new row from the `Hold` object. */
export class WorkingHolds implements HoldStore {
  readonly #byId = new Map<string, Hold>()

  get(id: string): Hold | undefined {
    return this.#byId.get(id)
  }

  add(hold: Hold): void {
    this.#byId.set(hold.id, hold)
  }

  find(id: string, before: Instant): Hold | undefined {
    const hold = this.#byId.get(id)
    // A forgotten hold stays in the map, because it may have lapsed in this batch and then its lapse must be written.
    return hold === undefined || hold.endedAt < 0 || hold.endedAt > before ? hold : undefined
  }

  end(hold: Hold, at: Instant): void {
    hold.endedAt = at
  }

  keep(): void {}

  forget(): void {}

  values(): IterableIterator<Hold> {
    return this.#byId.values()
  }
}
