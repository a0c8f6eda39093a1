import { Books } from './books.ts'
import { EntryLog } from './entry-log.ts'
import { Holds } from './holds.ts'

/** Creates empty books that keep every entry and every known hold in memory. */
export function openBooks(idRetention: number): Books {
  const log = new EntryLog()
  return new Books(idRetention, log, new Holds(log))
}
