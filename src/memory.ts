// The ports, kept in memory: the defaults.
export { createMemoryClock, type MemoryClock, systemClock } from './adapter/memory/clock.ts'
export { createMemoryCreditLedger, type MemoryCreditLedgerOptions } from './adapter/memory/credit-ledger.ts'
export { createMemoryRepository, type MemoryRepositoryOptions } from './adapter/memory/repository.ts'

// The ports.
export type { Clock } from './port/clock.ts'
export type {
  Balance,
  Bucket,
  CreditLedger,
  Entry,
  Grant,
  GrantResult,
  Misused,
  Release,
  ReleaseResult,
  Reserve,
  ReserveRefused,
  ReserveResult,
  Settle,
  Settled,
  SettleResult,
} from './port/simple-credit-ledger.ts'
export type { Committed, Loaded, Recorded, Repository, Watch } from './port/repository.ts'
