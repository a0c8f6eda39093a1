import { NotAnswered, NotSent, type SqlClient, type SqlRow, type SqlSession } from './sql-client.ts'

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
   * For how many milliseconds an answer is waited for: 10,000 unless it says otherwise. Then the connection is closed and
   * the outcome is unknown. A `statement_timeout` of the pool that is shorter makes it known.
   */
  readonly timeout?: number
  /** Whether statements are prepared once on each connection, which saves planning: yes, unless a proxy cannot do that. */
  readonly isPrepared?: boolean
}

/** A client on a pool of the package `pg`, or of one that looks like it. The pool stays the caller's, to be ended by the caller. */
export function fromPool(pool: ConnectionPool, options: FromPoolOptions = {}): SqlClient {
  const { timeout = 10_000, isPrepared = true } = options
  const leases = new Leases(pool)
  return {
    query: (text, values) => leases.use((connection) => ask(connection, text, values, timeout, isPrepared)),
    transaction: (run) =>
      leases.use(async (connection) => {
        const session: SqlSession = { query: (text, values) => ask(connection, text, values, timeout, false) }
        await session.query('begin isolation level read committed', [])
        const answer = await run(session).catch(async (error: unknown) => {
          await session.query('rollback', [])
          throw error
        })
        await session.query('commit', [])
        return answer
      }),
  }
}

// A connection that breaks says so twice: to whoever waits for an answer, and as an event that must not go unheard.
const ignore = (): void => undefined

/** Connections on loan. One that is done with is kept for two turns, since the next batch waits for nothing else. */
class Leases {
  readonly #pool: ConnectionPool
  #spare: PoolConnection | undefined

  constructor(pool: ConnectionPool) {
    this.#pool = pool
  }

  async use<T>(run: (connection: PoolConnection) => Promise<T>): Promise<T> {
    const connection = this.#takeSpare() ?? (await this.#connect())
    try {
      const answer = await run(connection)
      this.#keep(connection)
      return answer
    } catch (error) {
      if (isUsable(error)) this.#keep(connection)
      else this.#release(connection, true)
      throw error
    }
  }

  #takeSpare(): PoolConnection | undefined {
    const spare = this.#spare
    this.#spare = undefined
    return spare
  }

  async #connect(): Promise<PoolConnection> {
    const connection = await this.#pool.connect().catch((cause: unknown) => {
      throw new NotSent('there is no connection', { cause })
    })
    connection.on?.('error', ignore)
    return connection
  }

  #keep(connection: PoolConnection): void {
    if (this.#spare !== undefined) {
      this.#release(connection)
      return
    }
    this.#spare = connection
    const giveBack = (): void => {
      if (this.#spare === connection) this.#release(this.#takeSpare() as PoolConnection)
    }
    // Whoever was answered goes on in the next turn, and its batch is sent in that.
    setImmediate(() => setImmediate(giveBack))
  }

  #release(connection: PoolConnection, isBroken?: true): void {
    connection.off?.('error', ignore)
    connection.release(isBroken)
  }
}

/** Whether a connection can be used again after a failure: when it was the database that said so, and goes on. */
function isUsable(failure: unknown): boolean {
  const code: unknown = typeof failure === 'object' && failure !== null && 'code' in failure ? failure.code : undefined
  return typeof code === 'string' && /^(?=.*[0-9])[0-9A-Z]{5}$/.test(code) && !/^(08|57P)/.test(code)
}

async function ask(
  connection: PoolConnection,
  text: string,
  values: readonly (string | null)[],
  timeout: number,
  isPrepared: boolean,
): Promise<{ readonly rows: readonly SqlRow[] }> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NotAnswered(`no answer for ${timeout} ms`)), timeout)
  })
  const config = { text, values: [...values] }
  const answer = connection.query(isPrepared && values.length > 0 ? { ...config, name: nameOf(text) } : config)
  // Nobody hears what comes of it once the time is over.
  answer.catch(() => undefined)
  try {
    return await Promise.race([answer, late])
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
