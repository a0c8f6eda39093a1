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
export { LedgerError } from './ledger/ledger-error.ts'
