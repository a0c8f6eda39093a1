import type { SqlClient, SqlListener } from '../client/sql-client.ts'
import { Bell } from './bell.ts'

/** The first and the longest pause in milliseconds before the listener connects again. */
const firstPause = 100
const longestPause = 5_000
/** The least time in milliseconds between two checks. */
const checkInterval = 900

export interface LogListenerOptions {
  readonly client: SqlClient
  /** Returns the notification channel of the log. */
  readonly channel: () => Promise<string>
  /** Called with the version of each notification, and with `undefined` after the listener has connected or was lost. */
  readonly onNews: (version: number | undefined) => void
}

/**
 * Keeps one subscription to the notifications of a log, and connects again after it was lost. A notification is a hint:
 * the owner polls as well, and more often while `isReliable` is false.
 */
export class LogListener {
  readonly #options: LogListenerOptions
  readonly #stopping = new Bell()
  #running: Promise<void> | undefined
  #isStopped = true
  #listener: SqlListener | undefined
  #isChecking = false
  #isOverdue = false
  #checkedAt = Number.NEGATIVE_INFINITY
  /** The highest version that a notification announced. Absent until the first check after a connection. */
  #announced: number | undefined
  #isTrusted = true

  constructor(options: LogListenerOptions) {
    this.#options = options
  }

  /** Whether the subscription is connected, responds in time, and has announced the commits that were found by polls. */
  get isReliable(): boolean {
    return this.#listener !== undefined && !this.#isOverdue && this.#isTrusted
  }

  /** Connects in the background. */
  start(): void {
    if (!this.#isStopped || this.#options.client.listen === undefined) return
    this.#isStopped = false
    const before = this.#running
    this.#running = (async () => {
      await before
      await this.#run()
    })()
  }

  /** Ends the subscription. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#stopping.ring()
    await this.#listener?.close()
    await this.#running
  }

  /**
   * Checks the subscription after a poll that found the log at a version. A subscription that does not respond is
   * replaced. A subscription that responds and did not announce the version is unreliable, such as one through a proxy
   * that assigns connections by transaction.
   */
  async check(version: number): Promise<void> {
    if (this.#isChecking) this.#isOverdue = true
    const listener = this.#listener
    const isDue = performance.now() - this.#checkedAt >= checkInterval
    if (this.#isChecking || listener === undefined || !isDue) return
    this.#isChecking = true
    this.#checkedAt = performance.now()
    try {
      await listener.check()
      // The notifications of commits before the check arrive before its response.
      if (this.#listener !== listener) return
      this.#announced ??= version
      if (this.#announced < version) this.#isTrusted = false
    } catch {
      await listener.close()
    } finally {
      this.#isChecking = false
      this.#isOverdue = false
    }
  }

  async #run(): Promise<void> {
    const { client, channel, onNews } = this.#options
    for (let wait = firstPause; !this.#isStopped; wait = Math.min(wait * 2, longestPause)) {
      try {
        const listener = await client.listen?.(await channel(), (payload) => this.#hear(payload))
        if (listener === undefined) return
        if (this.#isStopped) {
          await listener.close()
          return
        }
        this.#listener = listener
        this.#announced = undefined
        this.#isTrusted = true
        const since = performance.now()
        onNews(undefined)
        await listener.ended
        if (performance.now() - since > longestPause) wait = firstPause
      } catch {
        // The polls report an unreachable database.
      }
      this.#listener = undefined
      if (this.#isStopped) return
      onNews(undefined)
      await this.#stopping.wait(wait * (0.5 + Math.random() / 2))
    }
  }

  #hear(payload: string): void {
    const version = Number(payload)
    if (!Number.isSafeInteger(version)) return
    this.#announced = Math.max(this.#announced ?? 0, version)
    this.#isTrusted = true
    this.#options.onNews(version)
  }
}
