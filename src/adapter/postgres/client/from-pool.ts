import { isOfStatement } from './failure.ts'
import { NotAnsweredError, NotSentError, type SqlClient, type SqlRow, type SqlSession } from './sql-client.ts'

/** A connection of a pool, as the package `pg` has it. */
export interface PoolConnection {
  query(config: { text: string; values: unknown[]; name?: string }): Promise<{ rows: SqlRow[] }>
  release(error?: Error | boolean): void
  on?(event: 'error', listener: (error: Error) => void): unknown
  off?(event: 'error', listener: (error: Error) => void): unknown
}

/** A pool of connections, as the package `pg` has it. */
export interface ConnectionPool {
  connect(): Promise<PoolConnection>
}

export interface FromPoolOptions {
  /**
   * For how many milliseconds a connection is waited for, and then each answer: 10,000 unless it says otherwise. Without a
   * connection nothing was done; without an answer the connection is closed and the outcome is unknown. A
   * `statement_timeout` of the pool that is shorter makes it known.
   */
  readonly timeout?: number
  /** Whether statements are prepared once on each connection, which saves planning: yes, unless a proxy cannot do that. */
  readonly isPrepared?: boolean
}

/** A timer of Node takes no more. */
const longestTimeout = 2 ** 31 - 1

/**
 * A client on a pool of the package `pg`, or of one that looks like it. The pool stays the caller's, to be ended by the caller.
 * @throws {TypeError} when it is no pool
 * @throws {RangeError} when the timeout is not what it should be
 */
export function fromPool(pool: ConnectionPool, options: FromPoolOptions = {}): SqlClient {
  const { timeout = 10_000, isPrepared = true } = options
  if (typeof pool?.connect !== 'function') throw new TypeError('expected a pool with `connect`, as `pg` has it')
  if (!Number.isSafeInteger(timeout) || timeout < 1 || timeout > longestTimeout)
    throw new RangeError(`expected whole milliseconds, from 1 to ${longestTimeout}, not \`${timeout}\``)
  const leases = new Leases(pool, timeout)
  return {
    query: (text, values) => leases.use((lease) => lease.ask(text, values, isPrepared)),
    transaction: (run) => leases.use((lease) => runTransaction(lease, run)),
  }
}

async function runTransaction<T>(lease: Lease, run: (session: SqlSession) => Promise<T>): Promise<T> {
  await lease.ask('begin isolation level read committed', [], false)
  let answer: T
  try {
    answer = await run({ query: (text, values) => lease.ask(text, values, false) })
  } catch (error) {
    await lease.rollBack()
    throw error
  }
  await lease.ask('commit', [], false)
  return answer
}

/** A connection on loan. */
class Lease {
  readonly #connection: PoolConnection
  readonly #timeout: number
  /** Whether something has happened to the connection after which nobody knows what it will say next. */
  isBroken = false

  constructor(connection: PoolConnection, timeout: number) {
    this.#connection = connection
    this.#timeout = timeout
    connection.on?.('error', this.#break)
  }

  // A connection that breaks says so twice: to whoever waits for an answer, and as an event that must not go unheard.
  readonly #break = (): void => {
    this.isBroken = true
  }

  async ask(
    text: string,
    values: readonly (string | null)[],
    isPrepared: boolean,
  ): Promise<{ readonly rows: readonly SqlRow[] }> {
    if (this.isBroken) throw new NotSentError('the connection is broken')
    const config = { text, values: [...values] }
    try {
      const answer = this.#connection.query(
        isPrepared && values.length > 0 ? { ...config, name: nameOf(text) } : config,
      )
      return await within(this.#timeout, answer, (message) => new NotAnsweredError(message))
    } catch (error) {
      if (!isOfStatement(error)) this.isBroken = true
      throw error
    }
  }

  /** Ends a transaction that came to nothing. With its connection it ends by itself. */
  async rollBack(): Promise<void> {
    if (!this.isBroken) await this.ask('rollback', [], false).catch(this.#break)
  }

  giveBack(): void {
    this.#connection.off?.('error', this.#break)
    this.#connection.release(this.isBroken)
  }
}

/** The connections on loan. One that is done with is kept for two turns, since the next batch waits for nothing else. */
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
      throw new NotSentError('there is no connection', { cause })
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
    // Whoever was answered goes on in the next turn, and its batch is sent in that.
    setImmediate(() => setImmediate(giveBack))
  }
}

/** What is promised, unless it takes longer than so many milliseconds. Nobody hears what comes of it then. */
async function within<T>(timeout: number, promise: Promise<T>, late: (message: string) => Error): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const lateness = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late(`nothing for ${timeout} ms`)), timeout)
  })
  promise.catch(() => undefined)
  try {
    return await Promise.race([promise, lateness])
  } finally {
    clearTimeout(timer)
  }
}

const names = new Map<string, string>()

/** A name for a statement that depends on nothing but its text, since other processes may share the connection. */
function nameOf(text: string): string {
  const known = names.get(text)
  if (known !== undefined) return known
  let hash = 0xcbf29ce484222325n
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  const name = `portcullis_${hash.toString(36)}`
  names.set(text, name)
  return name
}
