// The ledger, kept in PostgreSQL.

export { fromPglite, type PgliteDatabase } from './adapter/postgres/client/from-pglite.ts'
export {
  type ConnectionPool,
  type FromPoolOptions,
  fromPool,
  type PoolConnection,
} from './adapter/postgres/client/from-pool.ts'
export {
  NotAnsweredError,
  NotSentError,
  type SqlClient,
  type SqlRow,
  type SqlSession,
} from './adapter/postgres/client/sql-client.ts'
export {
  createPostgresCreditLedger,
  type PostgresCreditLedgerOptions,
} from './adapter/postgres/credit-ledger.ts'
export { type Migrated, type MigrateOptions, migrate } from './adapter/postgres/schema/migrate.ts'
// The port.
export type { Clock } from './port/clock.ts'
export type { CallOptions, CreditLedger, LedgerErrorCode, LedgerOutcome } from './port/credit-ledger.ts'
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
