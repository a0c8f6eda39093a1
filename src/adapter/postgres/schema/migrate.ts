import { LedgerError } from '../../../port/ledger-error.ts'
import { codeOf, failureForCaller, failureOfRead, failureOfWrite } from '../client/failure.ts'
import type { SqlClient, SqlSession } from '../client/sql-client.ts'
import { migrations } from './migrations.ts'
import { defaultSchema, quoteSchema } from './schema-name.ts'

export interface MigrateOptions {
  /** The name of the schema. Only the ledger may use the schema. Default: `portcullis`. */
  readonly schema?: string
}

/** The schema versions before and after `migrate`. A version is the number of migrations applied to the schema. */
export interface Migrated {
  readonly from: number
  readonly to: number
}

/**
 * The error codes that can occur when several processes create the same objects at once: duplicates, conflicts, and
 * internal catalog races.
 */
export const creationRaces = ['23505', '42P06', '42P07', '42723', 'XX000', '40P01', '40001']
/** The maximum number of tries of a migration that races with others. */
export const maxTries = 8

/**
 * Creates or upgrades the schema in one transaction. Leaves an up-to-date schema unchanged. Any number of processes may
 * call `migrate` at once. Downgrades are not supported.
 * @throws {LedgerError} when the schema is newer than this library, or the database cannot be reached
 */
export async function migrate(client: SqlClient, options: MigrateOptions = {}): Promise<Migrated> {
  const schema = quoteSchema(options.schema ?? defaultSchema)
  for (let tries = 1; ; tries += 1) {
    try {
      const version = await findVersion(client, schema)
      if (version === migrations.length) return { from: version, to: version }
      return await client.transaction((session) => migrateIn(session, schema))
    } catch (error) {
      if (tries === maxTries || !creationRaces.includes(codeOf(error))) throw failureForCaller(failureOfWrite(error))
    }
  }
}

/**
 * Checks that the schema has the version that this library expects.
 * @throws {LedgerError} when the schema is missing, older or newer
 */
export async function checkVersion(client: SqlSession, schema: string): Promise<void> {
  const version = await findVersion(client, schema).catch((cause: unknown) => {
    throw failureForCaller(failureOfRead(cause))
  })
  if (version === migrations.length) return
  refuseNewer(version)
  throw new LedgerError(
    'ledger_unavailable',
    'not_applied',
    `the schema has version ${version}, expected ${migrations.length}: call \`migrate\` first`,
  )
}

async function migrateIn(session: SqlSession, schema: string): Promise<Migrated> {
  await session.query(`create schema if not exists ${schema}`, [])
  await session.query(
    `create table if not exists ${schema}.migration (version integer primary key, done_at timestamptz not null default now())`,
    [],
  )
  await session.query(`lock table ${schema}.migration in access exclusive mode`, [])
  const from = await findVersion(session, schema)
  refuseNewer(from)
  for (let version = from; version < migrations.length; version += 1) {
    for (const statement of migrations[version] ?? []) await session.query(statement.replaceAll('{schema}', schema), [])
    await session.query(`insert into ${schema}.migration (version) values ($1)`, [String(version + 1)])
  }
  return { from, to: migrations.length }
}

/** Returns the version of a schema, or 0 when the schema does not exist. */
async function findVersion(session: SqlSession, schema: string): Promise<number> {
  const exists = await session.query('select (to_regclass($1) is not null)::text as answer', [`${schema}.migration`])
  if (exists.rows[0]?.['answer'] !== 'true') return 0
  const { rows } = await session.query(`select coalesce(max(version), 0)::text as version from ${schema}.migration`, [])
  return Number(rows[0]?.['version'])
}

function refuseNewer(version: number): void {
  if (version <= migrations.length) return
  const message = `the schema has version ${version}, but this library supports at most ${migrations.length}: upgrade the library`
  throw new LedgerError('ledger_unavailable', 'not_applied', message)
}
