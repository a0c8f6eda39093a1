import { inNextTurn } from '../../../runtime/time/wait.ts'
import { isOfStatement } from './failure.ts'
import {
  NotAnsweredError,
  NotSentError,
  type SqlClient,
  type SqlListener,
  type SqlRow,
  type SqlSession,
} from './sql-client.ts'

/** A connection of the package `pg`, reduced to the members that `fromPool` uses. */
export interface PoolConnection {
  query(config: { text: string; values: unknown[]; name?: string }): Promise<{ rows: SqlRow[] }>
  release(error?: Error | boolean): void
  on?(event: 'error', listener: (error: Error) => void): unknown
  on?(event: 'end', listener: () => void): unknown
  on?(event: 'notification', listener: (message: { readonly payload?: string | undefined }) => void): unknown
  off?(event: 'error', listener: (error: Error) => void): unknown
}

/** A connection pool of the package `pg`, reduced to the members that `fromPool` uses. */
export interface ConnectionPool {
  connect(): Promise<PoolConnection>
  on?(event: 'connect', listener: (connection: PoolConnection) => void): unknown
  /** The options of the pool. `max` is the maximum number of connections. */
  readonly options?: { readonly max?: number | undefined }
}

export interface FromPoolOptions {
  /**
   * The timeout in milliseconds, for a connection and for each result. Default: 10,000. After a timeout for a
   * connection, the outcome of a write is `not_applied`. After a timeout for a result, the outcome is `unknown`, and
   * the client closes the connection. To know the outcome of a slow statement, set a shorter `statement_timeout` on the
   * pool.
   */
  readonly timeout?: number
  /**
   * Whether to use prepared statements, which saves planning. Set to false for a proxy that does not support prepared
   * statements. Default: true.
   */
  readonly isPrepared?: boolean
}

/** The maximum delay of a Node.js timer, in milliseconds. */
const longestTimeout = 2 ** 31 - 1

/**
 * Creates a client from a pool of the package `pg`, or from a compatible pool. The caller ends the pool. `listen`
 * occupies one connection of the pool, so a client of a pool with a `max` of 1 has no `listen`.
 * @throws {TypeError} when the pool has no `connect`
 * @throws {RangeError} when the timeout is out of range
 */
export function fromPool(pool: ConnectionPool, options: FromPoolOptions = {}): SqlClient {
  const { timeout = 10_000, isPrepared = true } = options
  if (typeof pool?.connect !== 'function') throw new TypeError('expected a pool with `connect`, such as one of `pg`')
  if (!Number.isSafeInteger(timeout) || timeout < 1 || timeout > longestTimeout)
    throw new RangeError(`expected an integer of milliseconds from 1 to ${longestTimeout}, not \`${timeout}\``)
  // A server may end a connection in the packet that completes it, before `connect` resolves and a lease listens for errors.
  pool.on?.('connect', (connection) => void connection.on?.('error', () => undefined))
  const leases = new Leases(pool, timeout)
  return {
    query: (text, values) => leases.use((lease) => lease.query(text, values, isPrepared)),
    transaction: (run) => leases.use((lease) => runTransaction(lease, run)),
    ...(pool.options?.max === 1
      ? {}
      : { listen: async (channel, onNotify) => (await leases.connect()).listen(channel, onNotify) }),
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
  /** Whether the connection is unusable, because its state is unknown. */
  isBroken = false
  #isReturned = false

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
   * Rolls back a failed transaction. Does nothing on a broken connection, because closing the connection rolls back the
   * transaction.
   */
  async rollBack(): Promise<void> {
    if (!this.isBroken) await this.query('rollback', [], false).catch(this.#break)
  }

  /** Subscribes to a channel. The connection serves only the subscription, until `close` or the loss of the connection. */
  async listen(channel: string, onNotify: (payload: string) => void): Promise<SqlListener> {
    const connection = this.#connection
    let end = (): void => undefined
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    const close = async (): Promise<void> => {
      end()
      if (this.#isReturned) return
      // Closes the connection: after `UNLISTEN`, a connection through a proxy could still receive notifications.
      this.isBroken = true
      this.giveBack()
    }
    connection.on?.('error', close)
    connection.on?.('end', close)
    connection.on?.('notification', ({ payload = '' }) => onNotify(payload))
    try {
      if (connection.on === undefined) throw new Error('the connections of the pool emit no events')
      await this.query(`listen "${channel.replaceAll('"', '""')}"`, [], false)
    } catch (error) {
      await close()
      throw error
    }
    return { ended, check: async () => void (await this.query('select 1', [], false)), close }
  }

  giveBack(): void {
    this.#isReturned = true
    this.#connection.off?.('error', this.#break)
    this.#connection.release(this.isBroken)
  }
}

/**
 * Checks connections out of the pool. Keeps one unused connection for two turns of the event loop, so that the next
 * batch can use it.
 */
class Leases {
  readonly #pool: ConnectionPool
  readonly #timeout: number
  #spare: Lease | undefined

  constructor(pool: ConnectionPool, timeout: number) {
    this.#pool = pool
    this.#timeout = timeout
  }

  async use<T>(run: (lease: Lease) => Promise<T>): Promise<T> {
    const lease = this.#takeSpare() ?? (await this.connect())
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

  /** Checks out a connection. */
  async connect(): Promise<Lease> {
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
    // A caller whose promise resolves now continues in the next turn, and may send its next batch in the same turn.
    inNextTurn(() => inNextTurn(giveBack))
  }
}

/**
 * Resolves with the result of a promise, or rejects with an error from `late` after `timeout` milliseconds. After the
 * timeout, the result of the promise is ignored.
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
 * Returns the name of a prepared statement: a hash of its SQL text. The name is the same in all processes, because they
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
