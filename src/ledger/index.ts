// 1. The port, which every adapter implements.
export type { CallOptions, CreditLedger, LedgerErrorCode, LedgerOutcome } from '../port/credit-ledger.ts'
export { LedgerError } from '../port/ledger-error.ts'

// 2. What a caller sends.
export type { Period } from '../model/value/period.ts'
export type {
  CallLabels,
  CallWallets,
  Cap,
  Charge,
  EntryReference,
  Extend,
  Funding,
  Grant,
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
  GrantState,
  HoldGone,
  HoldState,
  ImportResult,
  InvalidWrite,
  LedgerCapabilities,
  LedgerViolation,
  LevelCost,
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
  WalletState,
  WriteOk,
} from '../port/ledger-result.ts'

// 4. What `verify` checks.
export { type LedgerInvariant, ledgerInvariants } from '../port/ledger-invariant.ts'

// 5. What an adapter builds on.
export type { Clock } from '../port/clock.ts'
export type { Journal } from '../port/journal.ts'
