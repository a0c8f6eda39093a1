import { quote } from '../../model/value/quote.ts'
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
  type CheckedLogQuery,
  checkCommandId,
  checkCommit,
  checkCursor,
  checkLogQuery,
  checkSnapshot,
  checkUpTo,
} from '../log/check-arguments.ts'
import { PageCollector, pageOf } from '../log/match-query.ts'
import { QueueWatch } from '../log/watch-queue.ts'
import { checkOptions, type FolderRepositoryOptions } from './folder-options.ts'
import { CommitQueue } from './log/commit-queue.ts'
import type { LogPosition } from './log/log-index.ts'
import { formatLine } from './log/log-line.ts'
import { type LockedFolder, openFolder } from './open-folder.ts'
import { PendingCalls } from './pending-calls.ts'
import { type Recovered, recover } from './recover.ts'
import { type SnapshotContext, SnapshotStore } from './snapshot/snapshot-store.ts'

/**
 * Opens a repository in a folder, for one process at a time. Creates a missing folder, and a repository in an empty one. A
 * commit resolves after it is stored by `fdatasync`; concurrent commits share it. Reads the newest snapshot and the log
 * after it, and keeps the events after the newest snapshot in memory.
 * @throws {RepositoryError} when the folder is open in this process or another, holds something else, is damaged, or cannot
 * be read or written
 * @throws {TypeError} when the path or an option has another shape
 *
 * @example
 * const repository = await openFolderRepository('/var/lib/gateway/policy')
 * console.log(await repository.version())
 * await repository.close()
 */
export async function openFolderRepository(path: string, options: FolderRepositoryOptions = {}): Promise<Repository> {
  const { create } = checkOptions(path, options)
  const locked = await openFolder(path, create)
  try {
    return new FolderRepository(locked, await recover(locked))
  } catch (cause) {
    await locked.unlock()
    if (cause instanceof RepositoryError) throw cause
    const message = `the repository ${quote(path)} cannot be opened`
    throw new RepositoryError('repository_unavailable', 'not_applied', message, { cause })
  }
}

class FolderRepository implements Repository {
  readonly capabilities: RepositoryCapabilities = Object.freeze({ isDurable: true, isShared: false })
  readonly #locked: LockedFolder
  readonly #recovered: Recovered
  readonly #snapshots: SnapshotStore
  readonly #queue: CommitQueue
  readonly #waiting = new Set<QueueWatch>()
  readonly #pending = new PendingCalls()
  #lastSnapshot: Promise<void> = Promise.resolve()
  #closing: Promise<void> | undefined

  constructor(locked: LockedFolder, recovered: Recovered) {
    const { writer, commits, cursors, snapshots } = recovered
    this.#locked = locked
    this.#recovered = recovered
    this.#snapshots = new SnapshotStore(locked.folder, locked.log, snapshots)
    this.#queue = new CommitQueue(writer, commits, cursors, () => {
      for (const watch of [...this.#waiting]) void watch.deliver()
    })
  }

  async load(upTo?: number): Promise<Loaded> {
    this.#check()
    checkUpTo(upTo)
    return await this.#pending.track(this.#load(upTo))
  }

  async version(): Promise<number> {
    this.#check()
    return this.#recovered.commits.version
  }

  async commit(commit: Commit): Promise<Committed> {
    this.#check()
    checkCommit(commit)
    const { events, schema, expectedVersion, command } = commit
    const key = command === undefined ? {} : { command: { id: command.id, digest: command.digest } }
    const prepared = { json: JSON.stringify(events), count: events.length, schema, expectedVersion, ...key }
    return await this.#pending.track(this.#queue.write((draft) => draft.commit(prepared)))
  }

  async findCommand(id: string): Promise<CommittedCommand | undefined> {
    this.#check()
    checkCommandId(id)
    return this.#recovered.commands.get(id)
  }

  watch(fromVersion: number): Watch {
    return new QueueWatch(fromVersion, (version) => this.#after(version), this.#waiting)
  }

  async readLog(query?: LogQuery): Promise<LogPage> {
    this.#check()
    const checked = checkLogQuery(query)
    const { commits } = this.#recovered
    if (checked.after >= commits.base) return pageOf(commits.events, checked)
    return await this.#pending.track(this.#readPage(checked))
  }

  async saveSnapshot(snapshot: StoredSnapshot): Promise<void> {
    this.#check()
    checkSnapshot(snapshot)
    const copy = { ...snapshot, parts: [...snapshot.parts] }
    // One after the other, so that the newest snapshot is the last one.
    const saved = this.#lastSnapshot.then(() => this.#save(copy))
    this.#lastSnapshot = saved.catch(() => undefined)
    await this.#pending.track(saved)
  }

  async cursor(name: string): Promise<number> {
    this.#check()
    checkCursor(name)
    return this.#recovered.cursors.get(name) ?? 0
  }

  async advanceCursor(name: string, version: number): Promise<void> {
    this.#check()
    checkCursor(name, version)
    await this.#pending.track(this.#queue.write((draft) => draft.advance(name, version)))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    for (const watch of [...this.#waiting]) watch.end()
    await this.#pending.settled()
    // The lock must be released even if the file cannot be closed.
    await this.#recovered.writer.close().catch(() => undefined)
    await this.#locked.unlock()
  }

  #check(): void {
    if (this.#closing === undefined) return
    throw new RepositoryError('repository_closed', 'not_applied', 'the repository was closed')
  }

  async #load(upTo: number | undefined): Promise<Loaded> {
    for (;;) {
      const { commits } = this.#recovered
      const version = upTo ?? commits.version
      if (version > commits.version || version < commits.first) throw commits.outside(version)
      const from = this.#snapshots.before(version)
      const after = from ?? commits.first
      const isInMemory = after >= commits.base
      const kept = isInMemory ? commits.events.slice(after - commits.base, version - commits.base) : undefined
      const snapshot = from === undefined ? undefined : await this.#snapshots.read(from)
      if (from !== undefined && snapshot === undefined) continue
      const events = kept ?? (await this.#readBetween(after, version))
      return { log: this.#locked.log, ...(snapshot === undefined ? {} : { snapshot }), events, version }
    }
  }

  async #readBetween(after: number, version: number): Promise<readonly Recorded[]> {
    const events: Recorded[] = []
    if (after === version) return events
    for await (const batch of this.#recovered.reader.batches(after)) {
      for (const recorded of batch) if (recorded.version <= version) events.push(recorded)
      if (events.length === version - after) break
    }
    return events
  }

  async #readPage(query: CheckedLogQuery): Promise<LogPage> {
    const collector = new PageCollector(query)
    const batches = this.#recovered.reader.batches(query.after, query.limit + 1)
    for await (const batch of batches) if (!collector.add(batch)) break
    return collector.page
  }

  /** Returns the events of the next whole commits after a version: one batch. */
  async #after(version: number): Promise<readonly Recorded[]> {
    this.#check()
    const { commits, reader } = this.#recovered
    if (!(version < commits.base) || version < commits.first) return commits.commitsAfter(version)
    return await this.#pending.track(firstOf(reader.batches(version)))
  }

  async #save(snapshot: StoredSnapshot): Promise<void> {
    if (snapshot.version <= this.#snapshots.newest) return
    const { commits, writer, index } = this.#recovered
    try {
      const context = await this.#queue.alone(async () => {
        if (snapshot.version > commits.version) return await this.#begin(snapshot)
        await writer.beginSegment(commits.first)
        return this.#contextOf(index.before(snapshot.version), commits.first)
      })
      if (context === undefined) return
      await this.#snapshots.write(snapshot, context)
      commits.discard(snapshot.version)
    } catch (cause) {
      if (cause instanceof RangeError || cause instanceof TypeError || cause instanceof RepositoryError) throw cause
      const outcome = writer.failure === undefined ? 'not_applied' : 'unknown'
      const message = 'the snapshot could not be stored'
      throw new RepositoryError('repository_unavailable', outcome, message, { cause })
    }
  }

  /** Begins an empty log with a snapshot. If the process ends between the two writes, opening repeats the second one. */
  async #begin(snapshot: StoredSnapshot): Promise<undefined> {
    const { version } = snapshot
    const { commits, index, writer } = this.#recovered
    if (commits.version > 0) throw commits.outside(version)
    await this.#snapshots.write(snapshot, this.#contextOf(index.end, version))
    await writer.append([{ text: formatLine({ first: version }), version }])
    commits.beginAt(version)
  }

  #contextOf(from: LogPosition, first: number): SnapshotContext {
    const { commands, cursors } = this.#recovered
    return { from, first, cursors: [...cursors], commands: commands.latest() }
  }
}

async function firstOf(batches: AsyncIterable<readonly Recorded[]>): Promise<readonly Recorded[]> {
  for await (const batch of batches) return batch
  return []
}
