export { fromPglite, type PgliteDatabase } from './client/from-pglite.ts'
export { type ConnectionPool, type FromPoolOptions, fromPool, type PoolConnection } from './client/from-pool.ts'
export {
  NotAnsweredError,
  NotSentError,
  type SqlClient,
  type SqlListener,
  type SqlRow,
  type SqlSession,
} from './client/sql-client.ts'
export { createPostgresCreditLedger, type PostgresCreditLedgerOptions } from './credit-ledger.ts'
export { type MigratePolicyOptions, migratePolicy } from './log/migrate-policy.ts'
export { createPostgresRepository, type PostgresRepositoryOptions } from './repository.ts'
export { type Migrated, type MigrateOptions, migrate } from './schema/migrate.ts'
