// The ledger, kept in PostgreSQL.
export {
  createPostgresCreditLedger,
  type PostgresCreditLedgerOptions,
} from './adapter/postgres/credit-ledger.ts'
export { fromPglite, type PgliteDatabase } from './adapter/postgres/from-pglite.ts'
export {
  type ConnectionPool,
  type FromPoolOptions,
  fromPool,
  type PoolConnection,
} from './adapter/postgres/from-pool.ts'
export { type Migrated, type MigrateOptions, migrate } from './adapter/postgres/migrate.ts'
export { NotAnswered, NotSent, type SqlClient, type SqlRow, type SqlSession } from './adapter/postgres/sql-client.ts'

// What every ledger throws.
export { LedgerError } from './ledger/ledger-error.ts'

// The port.
export type { Clock } from './port/clock.ts'
export type { CallOptions, CreditLedger, LedgerErrorCode, LedgerOutcome } from './port/credit-ledger.ts'
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
  Crossed,
  Done,
  Entry,
  ExtendResult,
  GrantResult,
  GrantState,
  HoldGone,
  HoldState,
  ImportResult,
  LedgerCapabilities,
  Misused,
  PutAllowanceResult,
  PutWalletResult,
  RefundResult,
  RefusalReason,
  Refused,
  ReleaseResult,
  Reserved,
  ReserveResult,
  Retry,
  RevokeResult,
  Settled,
  SettleResult,
  Taken,
  Violation,
  WalletState,
} from './port/ledger-result.ts'
