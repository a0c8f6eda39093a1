import { Defect } from '../../model/value/defect.ts'
import { faultOfInstant, type Instant, isInstant } from '../../model/value/instant.ts'
import type { Clock } from '../../port/clock.ts'
import { registerRetention } from './batch/retention.ts'
import { Store } from './batch/statements.ts'
import { DatabaseClock } from './client/database-clock.ts'
import type { SqlClient } from './client/sql-client.ts'
import { checkVersion } from './schema/migrate.ts'

export interface LedgerConnectionOptions {
  readonly client: SqlClient
  /** The quoted name of the schema. */
  readonly schema: string
  readonly idRetention: number
  /** The custom clock of the ledger. `undefined` when the ledger uses the database's clock. */
  readonly clock: Clock | undefined
}

/**
 * A ledger's access to its schema. Connects at the first call, provides the ledger's clock, and registers the ledger's
 * retention.
 */
export class LedgerConnection {
  readonly client: SqlClient
  readonly store: Store
  readonly idRetention: number
  readonly #databaseClock = new DatabaseClock()
  readonly #clock: Clock | undefined
  #connecting: Promise<void> | undefined
  #isConnected = false
  #knownSince: Instant = 0
  /** The latest time of the custom clock, or of a stored write. The ledger's time never decreases. */
  #latest: Instant = 0

  constructor({ client, schema, idRetention, clock }: LedgerConnectionOptions) {
    this.client = client
    this.store = new Store(client, this.#databaseClock, schema)
    this.idRetention = idRetention
    this.#clock = clock
  }

  /** The instant before which ended holds may be unknown. A sweep under a shorter retention may have deleted them. */
  get knownSince(): Instant {
    return this.#knownSince
  }

  /**
   * Whether `ready` would return without a database call. True when the schema was checked and the ledger's time is
   * known.
   */
  get isReady(): boolean {
    return this.#isConnected && !this.#isClockUncertain
  }

  /**
   * Checks the schema version on the first call. Also reads the database's clock whenever its estimate is uncertain. A
   * later call retries after a failure.
   * @throws {LedgerError} when the schema has another version, or the database cannot be reached
   */
  async ready(): Promise<void> {
    this.#connecting ??= this.#connect()
    try {
      await this.#connecting
    } catch (error) {
      this.#connecting = undefined
      throw error
    }
    if (this.#isClockUncertain) await this.store.readClock()
  }

  /** Registers the retention of this ledger with the schema. */
  async registerRetention(): Promise<void> {
    this.#knownSince = await registerRetention(this.store, this.idRetention, this.now())
  }

  /**
   * The ledger's current time, which never decreases: at least the latest time that this ledger has used or stored.
   * @throws {Defect} when the custom clock returns a value that is not an instant
   */
  now(): Instant {
    const at = (this.#clock ?? this.#databaseClock).now()
    if (!isInstant(at)) throw new Defect(`the clock returned \`${at}\`: ${faultOfInstant(at)}`)
    this.#latest = Math.max(this.#latest, at)
    return this.#latest
  }

  /**
   * Reads the custom clock when a call starts, because its batch runs later. Without a custom clock, does nothing.
   * @throws {Defect} when the custom clock returns a value that is not an instant
   */
  noteTime(): void {
    if (this.#clock !== undefined) this.now()
  }

  get #isClockUncertain(): boolean {
    return this.#clock === undefined && this.#databaseClock.isUncertain
  }

  async #connect(): Promise<void> {
    await this.store.readClock()
    await checkVersion(this.client, this.store.schema)
    // The database's clock does not run backwards. A custom clock may: continue from the latest stored write.
    if (this.#clock !== undefined) this.#latest = Math.max(this.#latest, await this.store.latestAt())
    await this.registerRetention()
    this.#isConnected = true
  }
}
