export { systemClock } from '../../runtime/time/system-clock.ts'
export type { JournalNotice } from './checkpointer.ts'
export { createMemoryClock, type MemoryClock } from './clock.ts'
export {
  createMemoryCreditLedger,
  type JournaledCreditLedgerOptions,
  type MemoryCreditLedgerOptions,
  openMemoryCreditLedger,
} from './credit-ledger.ts'
export { createMemoryRepository } from './repository.ts'
