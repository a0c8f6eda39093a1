// A journal that makes the ledger in memory durable: a file, for Node and whatever has its `node:fs`.
export { openFileJournal } from './adapter/file/journal.ts'
export type { Journal } from './port/journal.ts'
export { LedgerError } from './port/ledger-error.ts'
