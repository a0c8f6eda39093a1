import { Books } from './books.ts'
import { EntryLog } from './entry-log.ts'
import { Holds } from './holds.ts'
import type { HashSeed } from './id-index.ts'

/** Books whose entries and known holds are in memory, but for the archived entries. */
export type MemoryBooks = Books<EntryLog, Holds>

/**
 * Creates empty books that keep every entry and every known hold in memory. `seed` is a random number of the process, so
 * that no sender of hold ids can choose ids whose hashes collide. No result depends on it.
 */
export function openBooks(idRetention: number, seed: HashSeed): MemoryBooks {
  const log = new EntryLog()
  return new Books(idRetention, log, new Holds(log, seed))
}
