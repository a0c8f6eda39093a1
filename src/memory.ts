// The ports, kept in memory: the defaults.
export { createMemoryClock, type MemoryClock, systemClock } from './adapter/memory/clock.ts'
export {
  createMemoryCreditLedger,
  type MemoryCreditLedgerOptions,
  openMemoryCreditLedger,
} from './adapter/memory/credit-ledger.ts'
export { createMemoryRepository, type MemoryRepositoryOptions } from './adapter/memory/repository.ts'
// The ports.
export type { Clock } from './port/clock.ts'
export type { CallOptions, CreditLedger, LedgerErrorCode, LedgerOutcome } from './port/credit-ledger.ts'
export type { Journal } from './port/journal.ts'
// What every ledger throws.
export { LedgerError } from './port/ledger-error.ts'
// What `verify` checks.
export { type LedgerInvariant, ledgerInvariants } from './port/ledger-invariant.ts'
export type {
  Cap,
  Charge,
  Extend,
  Funding,
  Grant,
  Period,
  PutAllowance,
  PutWallet,
  Refund,
  Release,
  Reserve,
  Revoke,
  Settle,
} from './port/ledger-request.ts'
export type {
  Balance,
  Bucket,
  ChargeResult,
  Entry,
  ExtendResult,
  GrantResult,
  GrantState,
  HoldGone,
  HoldState,
  ImportResult,
  InvalidWrite,
  LedgerCapabilities,
  LedgerViolation,
  LevelCost,
  PutAllowanceResult,
  PutWalletResult,
  RefundResult,
  RefusalReason,
  ReleaseResult,
  ReservationRefused,
  Reserved,
  ReserveResult,
  RetryAdvice,
  RevokeResult,
  Settled,
  SettleResult,
  SoftLimitReached,
  WalletState,
  WriteOk,
} from './port/ledger-result.ts'
export type { Committed, Loaded, Recorded, Repository, Watch } from './port/repository.ts'
