// 1. The port, which every adapter implements.
export type { CallOptions, CreditLedger, LedgerErrorCode, LedgerOutcome } from '../port/credit-ledger.ts'
export { LedgerError } from '../port/ledger-error.ts'

// 2. What a caller sends.
export type {
  CallLabels,
  CallWallets,
  Cap,
  Charge,
  EntryReference,
  Extend,
  Funding,
  Grant,
  ListWallets,
  PutAllowance,
  PutWallet,
  Refund,
  Release,
  Reserve,
  Revoke,
  Settle,
} from '../port/ledger-request.ts'

// 3. What a ledger answers.
export type {
  Balance,
  Bucket,
  CallDetails,
  ChargeResult,
  Entry,
  ExtendResult,
  GrantResult,
  HoldGone,
  ImportResult,
  InvalidWrite,
  LedgerCapabilities,
  LedgerViolation,
  LevelCost,
  LowBalanceReached,
  PathTooLong,
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
  WriteOk,
} from '../port/ledger-result.ts'
export type { GrantState, HoldState, WalletPage, WalletState } from '../port/ledger-state.ts'

// 4. A refusal, for operators and for callers.
export { answerLedgerCaller, type LedgerCallerAnswer, type LedgerCallerReason } from './refusal/caller-answer.ts'
export { describeLedgerRefusal, formatLedgerRefusal, type LedgerRefusalDescription } from './refusal/format-refusal.ts'
export type { LedgerRefusal, LedgerRefusalReason } from './refusal/refusal.ts'

// 5. What `verify` checks.
export { type LedgerInvariant, ledgerInvariants } from '../port/ledger-invariant.ts'

// 6. What an adapter builds on.
export type { Clock } from '../port/clock.ts'
export type { Journal, JournalCheckpoint, JournalCheckpoints } from '../port/journal.ts'
