import { freeze } from '../../model/value/freeze.ts'
import type {
  Commit,
  Committed,
  CommittedCommand,
  Loaded,
  LogPage,
  LogQuery,
  Recorded,
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
import { CommitLog } from '../log/commit-log.ts'
import { pageOf } from '../log/match-query.ts'
import { QueueWatch } from '../log/watch-queue.ts'

/**
 * Creates a repository in the memory of one process. Memory use grows with the number of events. Nothing survives the
 * process.
 *
 * @example
 * const repository = createMemoryRepository()
 * console.log(await repository.version()) // 0
 */
export function createMemoryRepository(): Repository {
  return new MemoryRepository()
}

class MemoryRepository implements Repository {
  readonly capabilities: RepositoryCapabilities = Object.freeze({ isDurable: false, isShared: false })
  readonly #id = crypto.randomUUID()
  readonly #log = new CommitLog()
  readonly #waiting = new Set<QueueWatch>()
  readonly #cursors = new Map<string, number>()
  #snapshots: readonly StoredSnapshot[] = []
  #isClosed = false

  async load(upTo?: number): Promise<Loaded> {
    this.#check()
    checkUpTo(upTo)
    const version = upTo ?? this.#log.version
    const snapshot = this.#snapshots.findLast((each) => each.version <= version)
    const from = snapshot?.version ?? 0
    if (version > this.#log.version || from < this.#log.base) throw this.#log.outside(version)
    const events = this.#log.events.slice(from - this.#log.base, version - this.#log.base)
    return { log: this.#id, ...(snapshot === undefined ? {} : { snapshot }), events, version }
  }

  async version(): Promise<number> {
    this.#check()
    return this.#log.version
  }

  /** Appends events at an expected version. Atomic, because no `await` separates the version check from the append. */
  async commit(commit: Commit): Promise<Committed> {
    this.#check()
    checkCommit(commit)
    const refused = this.#log.answer(commit)
    if (refused !== undefined) return refused
    const committed = this.#log.append(commit)
    for (const watch of [...this.#waiting]) void watch.deliver()
    return committed
  }

  async findCommand(id: string): Promise<CommittedCommand | undefined> {
    this.#check()
    checkCommandId(id)
    return this.#log.commands.get(id)
  }

  watch(fromVersion: number): Watch {
    return new QueueWatch(fromVersion, (version) => this.#after(version), this.#waiting)
  }

  async readLog(query?: LogQuery): Promise<LogPage> {
    this.#check()
    return pageOf(this.#log.events, checkLogQuery(query))
  }

  async saveSnapshot(snapshot: StoredSnapshot): Promise<void> {
    this.#check()
    checkSnapshot(snapshot)
    if (snapshot.version > this.#log.version) this.#log.beginAt(snapshot.version)
    if (snapshot.version <= (this.#snapshots.at(-1)?.version ?? -1)) return
    const [first] = this.#snapshots
    // The snapshot at the beginning of the log is kept, because no events replace it.
    const kept = this.#snapshots.slice(first?.version === this.#log.base ? 1 : 0).slice(-1)
    const copy = freeze({ ...snapshot, parts: [...snapshot.parts] })
    this.#snapshots = [...(first?.version === this.#log.base ? [first] : []), ...kept, copy]
  }

  async cursor(name: string): Promise<number> {
    this.#check()
    checkCursor(name)
    return this.#cursors.get(name) ?? 0
  }

  async advanceCursor(name: string, version: number): Promise<void> {
    this.#check()
    checkCursor(name, version)
    this.#cursors.set(name, Math.max(version, this.#cursors.get(name) ?? 0))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const watch of [...this.#waiting]) watch.end()
  }

  #check(): void {
    if (this.#isClosed) throw new RepositoryError('repository_closed', 'not_applied', 'the repository was closed')
  }

  #after(version: number): readonly Recorded[] {
    this.#check()
    return this.#log.commitsAfter(version)
  }
}
