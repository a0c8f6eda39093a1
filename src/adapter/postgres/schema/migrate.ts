import { LedgerError } from '../../../port/ledger-error.ts'
import { failureForCaller, failureOfRead, failureOfWrite } from '../client/failure.ts'
import type { SqlClient, SqlSession } from '../client/sql-client.ts'
import { migrations } from './schema.ts'
import { defaultSchema, quoteSchema } from './schema-name.ts'

export interface MigrateOptions {
  /** The schema that the ledger has to itself: `portcullis` unless it says otherwise. */
  readonly schema?: string
}

/** What became of a schema. */
export interface Migrated {
  /** The versions before and now: how many migrations the schema has had. */
  readonly from: number
  readonly to: number
}

/** What is raised when another process creates the same thing at the same time. */
const made = ['23505', '42P06', '42P07', '42723', 'XX000', '40P01', '40001']
const tries = 8

/**
 * Makes the schema, or brings it up to date, in one transaction: many processes may do so at once, and what is up to date is
 * left as it is. Never goes back.
 * @throws {LedgerError} when the schema is newer than this library, or the database cannot be reached
 */
export async function migrate(client: SqlClient, options: MigrateOptions = {}): Promise<Migrated> {
  const schema = quoteSchema(options.schema ?? defaultSchema)
  for (let tried = 1; ; tried += 1) {
    try {
      const version = await findVersion(client, schema)
      if (version === migrations.length) return { from: version, to: version }
      return await client.transaction((session) => migrateIn(session, schema))
    } catch (error) {
      const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
      if (tried === tries || typeof code !== 'string' || !made.includes(code))
        throw failureForCaller(failureOfWrite(error))
    }
  }
}

/**
 * Checks that a schema is the one that this library knows.
 * @throws {LedgerError} when it is not
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
    `the schema has version ${version}: it must be migrated first`,
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

async function findVersion(session: SqlSession, schema: string): Promise<number> {
  const there = await session.query('select (to_regclass($1) is not null)::text as answer', [`${schema}.migration`])
  if (there.rows[0]?.['answer'] !== 'true') return 0
  const { rows } = await session.query(`select coalesce(max(version), 0)::text as version from ${schema}.migration`, [])
  return Number(rows[0]?.['version'])
}

function refuseNewer(version: number): void {
  if (version <= migrations.length) return
  const message = `the schema has version ${version}, and this library knows it up to ${migrations.length}: a newer one wrote it`
  throw new LedgerError('ledger_unavailable', 'not_applied', message)
}
