import type { Hold } from '../../../ledger/storage/account.ts'
import type { HoldStore } from '../../../ledger/storage/hold-store.ts'
import type { Instant } from '../../../model/value/instant.ts'

/** The few holds that a batch is about, none of which is put away: the rows that become of them are read from the objects. */
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
    // One that is forgotten stays where it is: it may have lapsed just now, which is to be written.
    return hold === undefined || hold.endedAt < 0 || hold.endedAt > before ? hold : undefined
  }

  end(hold: Hold, at: Instant): void {
    hold.endedAt = at
  }

  keep(): void {}

  forget(): void {}

  *values(): IterableIterator<Hold> {
    yield* this.#byId.values()
  }
}
