import type {
  Commit,
  Committed,
  CommittedCommand,
  Loaded,
  LogPage,
  LogQuery,
  Repository,
  RepositoryCapabilities,
  StoredSnapshot,
  Watch,
} from '../../port/repository.ts'
import { RepositoryError } from '../../port/repository-error.ts'
import {
  checkCommandId,
  checkCommit,
  checkCursor,
  checkLogQuery,
  checkSnapshot,
  checkUpTo,
} from '../log/check-arguments.ts'
import type { SqlClient } from './client/sql-client.ts'
import { commitToLog, findCommand, prepareCommit } from './log/commit-log.ts'
import { advanceCursor, readCursor, readVersion } from './log/cursor.ts'
import { loadLog } from './log/load-log.ts'
import { LogFeed } from './log/log-feed.ts'
import { LogStore } from './log/log-store.ts'
import { defaultPolicySchema } from './log/migrate-policy.ts'
import { queryLog } from './log/query-log.ts'
import { writeSnapshot } from './log/snapshot.ts'

export interface PostgresRepositoryOptions {
  /**
   * The database client, made by `fromPool` or `fromPglite`. The caller closes the client; the repository's `close`
   * leaves it open. A watch occupies one connection of a pool for notifications.
   */
  readonly client: SqlClient
  /** The schema that `migratePolicy` created. Default: `portcullis_policy`. */
  readonly schema?: string
  /**
   * Whether to notify the watches of other processes of each commit (`NOTIFY`), and to listen for notifications. Set to
   * false for an engine without `LISTEN` and `NOTIFY`, such as CockroachDB. Default: true.
   */
  readonly notify?: boolean
  /**
   * The interval in milliseconds (1 to 60,000) at which a waiting watch reads the log without a notification. Default:
   * 1,000 while notifications arrive, otherwise 100.
   */
  readonly pollInterval?: number
}

/** The longest interval of polls, in milliseconds. */
const longestInterval = 60_000

/**
 * Creates a repository that stores the event log in PostgreSQL or PGlite. Any number of processes can share a PostgreSQL
 * repository. Call `migratePolicy` before the first use.
 * @throws {TypeError} when `client` is not a client
 * @throws {RangeError} when another option is out of range
 */
export function createPostgresRepository(options: PostgresRepositoryOptions): Repository {
  const client: Partial<SqlClient> | undefined = options?.client
  if (typeof client?.query !== 'function' || typeof client.transaction !== 'function')
    throw new TypeError('expected a client with `query` and `transaction`, made by `fromPool` or `fromPglite`')
  return new PostgresRepository(options)
}

class PostgresRepository implements Repository {
  readonly capabilities: RepositoryCapabilities
  readonly #store: LogStore
  readonly #feed: LogFeed
  readonly #notifies: boolean
  readonly #calls = new Set<Promise<unknown>>()
  #closing: Promise<void> | undefined

  constructor({ client, schema = defaultPolicySchema, notify = true, pollInterval }: PostgresRepositoryOptions) {
    if (pollInterval !== undefined && !(pollInterval >= 1 && pollInterval <= longestInterval))
      throw new RangeError(
        `expected \`pollInterval\` to be 1 to ${longestInterval} milliseconds, not \`${pollInterval}\``,
      )
    this.#store = new LogStore(client, schema)
    this.#notifies = notify
    this.#feed = new LogFeed({
      store: this.#store,
      listens: notify,
      pollInterval,
      call: (run) => this.#call(run),
    })
    const { isDurable = true, isShared = true } = client
    this.capabilities = Object.freeze({ isDurable, isShared })
  }

  async load(upTo?: number): Promise<Loaded> {
    return await this.#call(() => {
      checkUpTo(upTo)
      return loadLog(this.#store, upTo)
    })
  }

  async version(): Promise<number> {
    return await this.#call(() => readVersion(this.#store))
  }

  async commit(commit: Commit): Promise<Committed> {
    return await this.#call(async () => {
      checkCommit(commit)
      const committed = await commitToLog(this.#store, prepareCommit(commit), this.#notifies)
      if (committed.type === 'committed') this.#feed.note(committed.version)
      return committed
    })
  }

  async findCommand(id: string): Promise<CommittedCommand | undefined> {
    return await this.#call(() => {
      checkCommandId(id)
      return findCommand(this.#store, id)
    })
  }

  watch(fromVersion: number): Watch {
    return this.#feed.watch(fromVersion)
  }

  async readLog(query?: LogQuery): Promise<LogPage> {
    return await this.#call(() => queryLog(this.#store, checkLogQuery(query)))
  }

  async saveSnapshot(snapshot: StoredSnapshot): Promise<void> {
    await this.#call(() => {
      checkSnapshot(snapshot)
      return writeSnapshot(this.#store, { ...snapshot, parts: [...snapshot.parts] })
    })
  }

  async cursor(name: string): Promise<number> {
    return await this.#call(() => {
      checkCursor(name)
      return readCursor(this.#store, name)
    })
  }

  async advanceCursor(name: string, version: number): Promise<void> {
    await this.#call(() => {
      checkCursor(name, version)
      return advanceCursor(this.#store, name, version)
    })
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  async #close(): Promise<void> {
    this.#feed.end()
    while (this.#calls.size > 0) await Promise.allSettled(this.#calls)
    await this.#feed.close()
  }

  /** Runs a call, unless the repository is closed. `close` waits for it. */
  async #call<T>(run: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) {
      throw new RepositoryError('repository_closed', 'not_applied', 'the repository was closed')
    }
    const call = run()
    this.#calls.add(call)
    try {
      return await call
    } finally {
      this.#calls.delete(call)
    }
  }
}
