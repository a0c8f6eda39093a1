export { createMemoryClock, type MemoryClock, systemClock } from './clock.ts'
export { createMemoryCreditLedger, type MemoryCreditLedgerOptions, openMemoryCreditLedger } from './credit-ledger.ts'
export { createMemoryRepository } from './repository.ts'
