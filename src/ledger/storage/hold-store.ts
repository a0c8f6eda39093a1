import type { Instant } from '../../model/value/instant.ts'
import type { Hold } from './account.ts'

/** The known holds that the kernel reads and writes, by id. */
export interface HoldStore {
  add(hold: Hold): void
  /** Returns the hold with this id. A hold that ended at or before `before` counts as forgotten. */
  find(id: string, before: Instant): Hold | undefined
  /** Records that a hold ended. A lapsed hold ends a second time when it is settled late. */
  end(hold: Hold, at: Instant): void
  /** Keeps an ended hold as an object, because the hold now has fields that cannot be rebuilt from its entries. */
  keep(hold: Hold): void
  /** Forgets holds that ended at or before `before`, a few per call. */
  forget(before: Instant): void
  /** Every stored hold, including ended ones that are not yet forgotten. */
  values(): IterableIterator<Hold>
}
