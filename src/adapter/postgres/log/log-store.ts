import { RepositoryError } from '../../../port/repository-error.ts'
import type { SqlClient, SqlRow, SqlSession } from '../client/sql-client.ts'
import { quoteSchema } from '../schema/schema-name.ts'
import { checkPolicySchema } from './migrate-policy.ts'
import { corrupt, pause, withoutConflict } from './repository-failure.ts'

/** The versions of a log: before its first event, and after its last one. */
export interface LogBounds {
  readonly base: number
  readonly version: number
}

/** The pause in milliseconds before a read that found corrupt data is repeated. */
const rereadPause = 50

/** The access of a repository to its schema. Connects at the first call, and remembers which log the schema holds. */
export class LogStore {
  readonly client: SqlClient
  /** The quoted name of the schema. */
  readonly schema: string
  readonly #name: string
  #connecting: Promise<string> | undefined

  constructor(client: SqlClient, name: string) {
    this.client = client
    this.schema = quoteSchema(name)
    this.#name = name
  }

  /**
   * Returns the id of the log. Checks the schema at the first call; a later call retries after a failure.
   * @throws {RepositoryError} when the schema is missing, foreign, older or newer, or the database cannot be reached
   */
  async log(): Promise<string> {
    this.#connecting ??= withoutConflict('not_applied', () => this.#connect())
    try {
      return await this.#connecting
    } catch (error) {
      this.#connecting = undefined
      throw error
    }
  }

  /**
   * Runs a read. A read that finds corrupt data is repeated once, because a proxy may have sent its statements to
   * different servers.
   */
  async read<T>(run: (session: SqlSession) => Promise<T>): Promise<T> {
    await this.log()
    const read = () => withoutConflict('not_applied', () => run(this.client))
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof RepositoryError) || error.code !== 'repository_corrupt') throw error
      await pause(rereadPause)
      return await read()
    }
  }

  /** Runs a write in one statement or transaction, and runs it again after a conflict with another writer. */
  async write<T>(run: (client: SqlClient) => Promise<T>): Promise<T> {
    await this.log()
    return await withoutConflict('unknown', () => run(this.client))
  }

  /**
   * Reads the `log`, `base` and `head` columns of a row: the bounds of the log.
   * @throws {RepositoryError} when the row is missing, or is from another log than before
   */
  async bounds(row: SqlRow | undefined): Promise<LogBounds> {
    const log = await this.log()
    if (row === undefined) throw corrupt('the row of `head` is missing')
    if (String(row['log']) === log) return { base: Number(row['base']), version: Number(row['head']) }
    const message = `the schema \`${this.#name}\` now holds another log: open the repository again and load`
    throw new RepositoryError('repository_foreign', 'not_applied', message)
  }

  async #connect(): Promise<string> {
    await checkPolicySchema(this.client, this.#name)
    const { rows } = await this.client.query(`select log::text as log from ${this.schema}.head`, [])
    if (rows[0] === undefined) throw corrupt('the row of `head` is missing')
    return String(rows[0]['log'])
  }
}

/** Creates the error for a version that the log does not have. */
export function outside({ base, version }: LogBounds, asked: number): RangeError {
  return new RangeError(`the log has versions from ${base} to ${version}, not ${asked}; load again`)
}
