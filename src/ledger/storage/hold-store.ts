import type { Instant } from '../../model/value/instant.ts'
import type { Hold } from './account.ts'

/** A store of the known holds, by id. The kernel reads and writes holds only through this interface. */
export interface HoldStore {
  add(hold: Hold): void
  /**
   * Returns the hold with this id. Returns `undefined` for an unknown hold and for a hold that ended at or before
   * `before`.
   */
  find(id: string, before: Instant): Hold | undefined
  /** Records that a hold ended at `at`. A lapsed hold ends a second time when it is settled late. */
  end(hold: Hold, at: Instant): void
  /** Keeps an ended hold as an object from now on. Call when the hold gets fields that its entries cannot restore. */
  keep(hold: Hold): void
  /** Forgets holds that ended at or before `before`. Each call forgets only a few holds. */
  forget(before: Instant): void
  /** Returns every stored hold, including ended holds that are not yet forgotten. */
  values(): IterableIterator<Hold>
}
