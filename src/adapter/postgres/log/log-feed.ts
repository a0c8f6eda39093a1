import type { Recorded, Watch } from '../../../port/repository.ts'
import { RepositoryError } from '../../../port/repository-error.ts'
import { QueueWatch } from '../../log/watch-queue.ts'
import { Bell } from './bell.ts'
import { channelOf } from './commit-log.ts'
import { LogListener } from './log-listener.ts'
import { type LogStore, outside } from './log-store.ts'
import { readCommitsAfter } from './read-events.ts'
import { pause } from './repository-failure.ts'

/** The default interval of polls in milliseconds, with and without reliable notifications. */
const intervalWithListener = 1_000
const intervalWithoutListener = 100
/** The time in milliseconds without a waiting watch after which the listener is closed. */
const lingerTime = 10_000
/** The pauses in milliseconds before a read for a watch is repeated because the database could not be reached. */
const retryPauses = [50, 250, 1_000]

export interface LogFeedOptions {
  readonly store: LogStore
  /** Whether to subscribe to notifications, if the client can. */
  readonly listens: boolean
  /** The interval of polls in milliseconds. Default: 1,000 with reliable notifications, otherwise 100. */
  readonly pollInterval: number | undefined
  /** Runs a read as a call of the repository, which `close` awaits. */
  readonly call: <T>(run: () => Promise<T>) => Promise<T>
}

/**
 * The watches of one repository. All share one listener, and watches at the same version share each read. Polls while a
 * watch is waiting, and reads at once after a notification.
 */
export class LogFeed {
  readonly #options: LogFeedOptions
  readonly #listener: LogListener
  readonly #waiting = new Set<QueueWatch>()
  readonly #bell = new Bell()
  /** The reads in progress by version. A read that began before the last news is not shared. */
  #reads = new Map<number, Promise<readonly Recorded[]>>()
  /** The highest version at which the log was read. */
  #version = 0
  #isRunning = false
  #isClosed = false
  #lingering: ReturnType<typeof setTimeout> | undefined

  constructor(options: LogFeedOptions) {
    this.#options = options
    this.#listener = new LogListener({
      client: options.store.client,
      channel: async () => channelOf(await options.store.log()),
      onNews: (version) => this.note(version),
    })
  }

  watch(fromVersion: number): Watch {
    return new QueueWatch(fromVersion, (version) => this.#read(version), this.#waiting)
  }

  /** Reads soon, because there may be commits up to a version. Default: up to any version. */
  note(version = Number.POSITIVE_INFINITY): void {
    if (version > this.#version) this.#bell.ring()
  }

  /** Ends all watches. */
  end(): void {
    this.#isClosed = true
    for (const watch of [...this.#waiting]) watch.end()
    this.#bell.ring()
  }

  /** Closes the listener. */
  async close(): Promise<void> {
    this.end()
    clearTimeout(this.#lingering)
    await this.#listener.stop()
  }

  /** Reads the next commits after a version. Joins a read of the same version. */
  async #read(version: number): Promise<readonly Recorded[]> {
    this.#start()
    const reads = this.#reads
    const known = reads.get(version)
    if (known !== undefined) return await known
    const read = this.#options.call(() => this.#readNow(version))
    reads.set(version, read)
    try {
      return await read
    } finally {
      reads.delete(version)
    }
  }

  async #readNow(version: number): Promise<readonly Recorded[]> {
    if (!Number.isSafeInteger(version) || version < 0) throw outside({ base: 0, version: this.#version }, version)
    for (const wait of [...retryPauses, undefined]) {
      try {
        const { events, version: found } = await readCommitsAfter(this.#options.store, version, this.#version)
        this.#version = Math.max(this.#version, found)
        return events
      } catch (error) {
        if (!isOfConnection(error) || wait === undefined || this.#isClosed) throw error
        await pause(wait)
      }
    }
    return []
  }

  #start(): void {
    if (this.#isRunning || this.#isClosed) return
    this.#isRunning = true
    clearTimeout(this.#lingering)
    if (this.#options.listens) this.#listener.start()
    void this.#run()
  }

  async #run(): Promise<void> {
    while (this.#waiting.size > 0 && !this.#isClosed) {
      const isNews = await this.#bell.wait(this.#interval())
      this.#reads = new Map()
      await Promise.all([...this.#waiting].map((watch) => watch.deliver()))
      if (!isNews) void this.#listener.check(this.#version)
    }
    this.#isRunning = false
    if (this.#isClosed) return
    this.#lingering = setTimeout(() => void this.#listener.stop(), lingerTime)
    this.#lingering.unref()
  }

  #interval(): number {
    const { pollInterval } = this.#options
    return pollInterval ?? (this.#listener.isReliable ? intervalWithListener : intervalWithoutListener)
  }
}

/** Whether a read failed because of the connection to the database, and not because of the schema. */
function isOfConnection(error: unknown): boolean {
  return error instanceof RepositoryError && error.code === 'repository_unavailable' && error.cause !== undefined
}
