import type { Instant } from '../../model/value/instant.ts'
import type { Hold } from './account.ts'

/** The store through which the kernel reads and writes the known holds, by id. */
export interface HoldStore {
  add(hold: Hold): void
  /**
   * Returns the hold with this id. Returns `undefined` for an unknown hold and for a hold that ended at or before
   * `before`.
   */
  find(id: string, before: Instant): Hold | undefined
  /** Records that a hold ended. A lapsed hold ends a second time when it is settled late. */
  end(hold: Hold, at: Instant): void
  /**
   * Stores an ended hold as an object from now on. Called when the hold gets fields that cannot be rebuilt from its
   * entries.
   */
  keep(hold: Hold): void
  /** Forgets holds that ended at or before `before`. Each call forgets only a few holds. */
  forget(before: Instant): void
  /** Returns every stored hold, including ended holds that are not yet forgotten. */
  values(): IterableIterator<Hold>
}
