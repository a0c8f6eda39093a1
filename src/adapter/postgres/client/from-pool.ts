import { isOfStatement } from './failure.ts'
import { NotAnsweredError, NotSentError, type SqlClient, type SqlRow, type SqlSession } from './sql-client.ts'

/** The members that `fromPool` uses of a connection, as in the package `pg`. */
export interface PoolConnection {
  query(config: { text: string; values: unknown[]; name?: string }): Promise<{ rows: SqlRow[] }>
  release(error?: Error | boolean): void
  on?(event: 'error', listener: (error: Error) => void): unknown
  off?(event: 'error', listener: (error: Error) => void): unknown
}

/** The members that `fromPool` uses of a connection pool, as in the package `pg`. */
export interface ConnectionPool {
  connect(): Promise<PoolConnection>
}

export interface FromPoolOptions {
  /**
   * How many milliseconds the client waits for a connection, and then for each result. Default: 10,000. Without a connection
   * the outcome is `not_applied`; without a result it is `unknown`, and the connection is closed. A shorter
   * `statement_timeout` of the pool makes the outcome of a slow statement known.
   */
  readonly timeout?: number
  /**
   * Whether each connection prepares each statement once, which saves planning. Set to false for a proxy that does not
   * support prepared statements. Default: true.
   */
  readonly isPrepared?: boolean
}

/** The longest delay of a Node.js timer. */
const longestTimeout = 2 ** 31 - 1

/**
 * Makes a client of a pool of the package `pg`, or of a compatible one. The caller keeps the pool and ends it.
 * @throws {TypeError} when the pool has no `connect`
 * @throws {RangeError} when the timeout is out of range
 */
export function fromPool(pool: ConnectionPool, options: FromPoolOptions = {}): SqlClient {
  const { timeout = 10_000, isPrepared = true } = options
  if (typeof pool?.connect !== 'function') throw new TypeError('expected a pool with `connect`, such as one of `pg`')
  if (!Number.isSafeInteger(timeout) || timeout < 1 || timeout > longestTimeout)
    throw new RangeError(`expected an integer of milliseconds from 1 to ${longestTimeout}, not \`${timeout}\``)
  const leases = new Leases(pool, timeout)
  return {
    query: (text, values) => leases.use((lease) => lease.query(text, values, isPrepared)),
    transaction: (run) => leases.use((lease) => runTransaction(lease, run)),
  }
}

async function runTransaction<T>(lease: Lease, run: (session: SqlSession) => Promise<T>): Promise<T> {
  await lease.query('begin isolation level read committed', [], false)
  let result: T
  try {
    result = await run({ query: (text, values) => lease.query(text, values, false) })
  } catch (error) {
    await lease.rollBack()
    throw error
  }
  await lease.query('commit', [], false)
  return result
}

/** A connection checked out of the pool. */
class Lease {
  readonly #connection: PoolConnection
  readonly #timeout: number
  /** Whether the state of the connection is unknown, so that it must not be used again. */
  isBroken = false

  constructor(connection: PoolConnection, timeout: number) {
    this.#connection = connection
    this.#timeout = timeout
    connection.on?.('error', this.#break)
  }

  // A broken connection rejects the pending query and also emits an event, which would end the process without a listener.
  readonly #break = (): void => {
    this.isBroken = true
  }

  async query(
    text: string,
    values: readonly (string | null)[],
    isPrepared: boolean,
  ): Promise<{ readonly rows: readonly SqlRow[] }> {
    if (this.isBroken) throw new NotSentError('the connection is broken')
    const config = { text, values: [...values] }
    try {
      const result = this.#connection.query(
        isPrepared && values.length > 0 ? { ...config, name: statementNameOf(text) } : config,
      )
      return await within(this.#timeout, result, (message) => new NotAnsweredError(message))
    } catch (error) {
      if (!isOfStatement(error)) this.isBroken = true
      throw error
    }
  }

  /**
   * Rolls back a failed transaction. Does nothing on a broken connection, since closing the connection also rolls back.
   */
  async rollBack(): Promise<void> {
    if (!this.isBroken) await this.query('rollback', [], false).catch(this.#break)
  }

  giveBack(): void {
    this.#connection.off?.('error', this.#break)
    this.#connection.release(this.isBroken)
  }
}

/** Checks connections out of the pool. One released connection is kept for two turns of the event loop, for the next batch. */
class Leases {
  readonly #pool: ConnectionPool
  readonly #timeout: number
  #spare: Lease | undefined

  constructor(pool: ConnectionPool, timeout: number) {
    this.#pool = pool
    this.#timeout = timeout
  }

  async use<T>(run: (lease: Lease) => Promise<T>): Promise<T> {
    const lease = this.#takeSpare() ?? (await this.#connect())
    try {
      return await run(lease)
    } finally {
      this.#keep(lease)
    }
  }

  #takeSpare(): Lease | undefined {
    const spare = this.#spare
    this.#spare = undefined
    if (spare?.isBroken !== true) return spare
    spare.giveBack()
    return undefined
  }

  async #connect(): Promise<Lease> {
    let isOver = false
    try {
      const connecting = this.#pool.connect()
      connecting.then(
        (connection) => {
          if (isOver) connection.release()
        },
        () => undefined,
      )
      const connection = await within(this.#timeout, connecting, (message) => {
        isOver = true
        return new Error(message)
      })
      return new Lease(connection, this.#timeout)
    } catch (cause) {
      throw new NotSentError('no connection to the database', { cause })
    }
  }

  #keep(lease: Lease): void {
    if (this.#spare !== undefined || lease.isBroken) {
      lease.giveBack()
      return
    }
    this.#spare = lease
    const giveBack = (): void => {
      if (this.#spare !== lease) return
      this.#spare = undefined
      lease.giveBack()
    }
    // A caller whose promise resolved now continues in the next turn, and its next batch is sent in that turn.
    setImmediate(() => setImmediate(giveBack))
  }
}

/**
 * Returns the result of a promise. Rejects when the promise takes longer than `timeout` milliseconds; a later result is
 * dropped.
 */
async function within<T>(timeout: number, promise: Promise<T>, late: (message: string) => Error): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const lateness = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late(`no response within ${timeout} ms`)), timeout)
  })
  promise.catch(() => undefined)
  try {
    return await Promise.race([promise, lateness])
  } finally {
    clearTimeout(timer)
  }
}

const statementNames = new Map<string, string>()

/**
 * The name of a prepared statement. The name depends only on a hash of the statement's text, since several processes
 * may share a connection through a proxy.
 */
function statementNameOf(text: string): string {
  const known = statementNames.get(text)
  if (known !== undefined) return known
  let hash = 0xcbf29ce484222325n
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  const name = `portcullis_${hash.toString(36)}`
  statementNames.set(text, name)
  return name
}
