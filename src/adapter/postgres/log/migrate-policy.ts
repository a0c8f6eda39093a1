import { RepositoryError } from '../../../port/repository-error.ts'
import { codeOf } from '../client/failure.ts'
import type { SqlClient, SqlSession } from '../client/sql-client.ts'
import { creationRaces, type Migrated, maxTries } from '../schema/migrate.ts'
import { quoteSchema } from '../schema/schema-name.ts'
import { policyMigrations } from './policy-migrations.ts'
import { repositoryFailure } from './repository-failure.ts'

/** The default name of the schema of a policy log. */
export const defaultPolicySchema = 'portcullis_policy'

export interface MigratePolicyOptions {
  /** The name of the schema. Only the policy log may use the schema. Default: `portcullis_policy`. */
  readonly schema?: string
}

/**
 * Creates or upgrades the schema of a policy log in one transaction. Leaves an up-to-date schema unchanged. Any number
 * of processes may call `migratePolicy` at once. Downgrades are not supported.
 * @throws {RepositoryError} `repository_newer` for a schema of a later library, `repository_foreign` for a schema with
 * other tables, `repository_unavailable` when the database cannot be reached
 */
export async function migratePolicy(client: SqlClient, options: MigratePolicyOptions = {}): Promise<Migrated> {
  const name = options.schema ?? defaultPolicySchema
  const schema = quoteSchema(name)
  for (let tries = 1; ; tries += 1) {
    try {
      const from = await findVersion(client, name)
      const to = policyMigrations.length
      for (let version = from; version < to; version += 1) {
        await client.transaction((session) => applyMigration(session, schema, version + 1))
      }
      return { from, to }
    } catch (error) {
      if (tries < maxTries && creationRaces.includes(codeOf(error))) continue
      const failure = repositoryFailure(error, 'unknown')
      if (failure instanceof RepositoryError) throw failure
      const message = 'gave up after repeated conflicts with concurrent migrations'
      throw new RepositoryError('repository_unavailable', 'not_applied', message, { cause: error })
    }
  }
}

/**
 * Checks that a schema has the policy log that this library expects.
 * @throws {RepositoryError} when the schema is missing, foreign, older or newer
 */
export async function checkPolicySchema(session: SqlSession, name: string): Promise<void> {
  const version = await findVersion(session, name)
  if (version === policyMigrations.length) return
  const state = version === 0 ? 'has no policy log' : `has version ${version}, expected ${policyMigrations.length}`
  const message = `the schema \`${name}\` ${state}: call \`migratePolicy(client, { schema: '${name}' })\` first`
  throw new RepositoryError('repository_unavailable', 'not_applied', message)
}

/**
 * Applies one migration. The row of the version is inserted first: of concurrent migrations one inserts it, and the
 * others wait for it and fail with a unique violation.
 */
async function applyMigration(session: SqlSession, schema: string, version: number): Promise<void> {
  if (version === 1) {
    await session.query(`create schema if not exists ${schema}`, [])
    const columns = 'version bigint primary key, done_at timestamptz not null default now()'
    await session.query(`create table if not exists ${schema}.log_migration (${columns})`, [])
  }
  await session.query(`insert into ${schema}.log_migration (version) values ($1)`, [String(version)])
  for (const statement of policyMigrations[version - 1] ?? []) {
    await session.query(statement.replaceAll('{schema}', schema), [])
  }
  if (version > 1) return
  await session.query(`insert into ${schema}.head (log, base, version) values ($1, 0, 0)`, [crypto.randomUUID()])
}

/**
 * Returns the version of a schema, or 0 when the schema is missing or empty.
 * @throws {RepositoryError} when the schema has other tables, or a later version
 */
async function findVersion(session: SqlSession, name: string): Promise<number> {
  const { rows } = await session.query(
    `select count(*)::text as tables, count(case when c.relname = 'log_migration' then 1 end)::text as own
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relkind in ('r', 'p', 'v', 'm', 'f')`,
    [name],
  )
  const { tables, own } = rows[0] ?? {}
  if (Number(tables) === 0) return 0
  if (Number(own) === 0) {
    const message = `the schema \`${name}\` contains other tables: choose a schema for the policy log alone`
    throw new RepositoryError('repository_foreign', 'not_applied', message)
  }
  const text = `select coalesce(max(version), 0)::text as version from ${quoteSchema(name)}.log_migration`
  const version = Number((await session.query(text, [])).rows[0]?.['version'])
  if (version <= policyMigrations.length) return version
  const message = `the schema \`${name}\` has version ${version}, but this library supports at most ${policyMigrations.length}: upgrade the library`
  throw new RepositoryError('repository_newer', 'not_applied', message)
}
