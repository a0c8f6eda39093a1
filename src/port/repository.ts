import type { Instant } from '../model/value/instant.ts'
import type { Actor } from '../model/value/principal.ts'

/**
 * An event as a repository stores it, as JSON. A repository reads only these fields, which events of every schema have,
 * and the fields that name subjects. `Event` is assignable to this type; `readEvent` converts back.
 */
export interface StoredEvent {
  readonly type: string
  readonly actor: Actor
  readonly at: Instant
}

/** A stored event and its place in the log. */
export interface Recorded {
  /** The state version after the event. Versions have no gaps. */
  readonly version: number
  /** The schema version of the event: the `eventSchema` of the library that committed it. */
  readonly schema: number
  readonly event: StoredEvent
  /** The id of the command that caused the event, if the commit had one. */
  readonly command?: string
}

/** A snapshot as a repository stores it. `snapshotParts` makes the parts, `fromSnapshotParts` reads them. */
export interface StoredSnapshot {
  /** The version of the state. */
  readonly version: number
  /** The schema version of the snapshot: the `snapshotSchema` of the library that made it. */
  readonly schema: number
  /** JSON strings without line breaks, each much shorter than the whole, in order. */
  readonly parts: readonly string[]
}

/** The stored data of a state: a snapshot, and the events after the snapshot, in order. */
export interface Loaded {
  /**
   * The id of the log: a UUID, chosen when the log was created. Another log never has the same id, and a restored copy
   * keeps it.
   */
  readonly log: string
  /** The snapshot to start from. Absent when the events start from the empty state. */
  readonly snapshot?: StoredSnapshot
  readonly events: readonly Recorded[]
  /** The version after the last event: the snapshot's version (0 without a snapshot) plus the number of events. */
  readonly version: number
}

/** The identity of a command: its idempotency key and its content. */
export interface CommandKey {
  /** Generate it once per command and reuse it on every retry. 1 to 256 printable characters. */
  readonly id: string
  /** A digest of the command. A repeated id with another digest is refused. */
  readonly digest: string
}

/** Events to append to the log, all or none. */
export interface Commit {
  /** The events. An empty list stores only the command. */
  readonly events: readonly StoredEvent[]
  /** The schema version of the events. */
  readonly schema: number
  /** The version of the state in which the events were decided. */
  readonly expectedVersion: number
  /** Makes the commit idempotent. Default: the commit has no command id, and a retry may conflict with itself. */
  readonly command?: CommandKey
}

/** The result of a commit. */
export type Committed =
  /**
   * All events are stored: those with versions above `after`, up to `version`. With `replay: true`, an earlier commit of
   * the same command stored its events there, and this one stored nothing.
   */
  | { readonly type: 'committed'; readonly after: number; readonly version: number; readonly replay: boolean }
  /** Nothing is stored, because the log is at `version` and not at `expectedVersion`. Watch, decide again, commit again. */
  | { readonly type: 'conflict'; readonly version: number }
  /** Nothing is stored, because the command id belongs to another command. Do not retry. */
  | { readonly type: 'command_id_reused' }

/** The commit of a command: its events have versions above `after`, up to `version`. */
export interface CommittedCommand {
  readonly after: number
  readonly version: number
  readonly digest: string
}

/** A thing that an event concerns, as `subjectsOf` computes it. */
export interface LogSubject {
  readonly type: string
  readonly id: string
}

/** Selects the events that `readLog` returns. An event must meet every condition that is given. */
export interface LogQuery {
  /** Only events with a version above this one. The cursor: the `next` of the previous page. Default: 0. */
  readonly after?: number
  /** Only events up to and including this version. Default: no bound. */
  readonly upTo?: number
  /** Only events at this instant or later. Default: no bound. */
  readonly since?: Instant
  /** Only events before this instant. Default: no bound. */
  readonly before?: Instant
  /** Only events that this actor caused. Default: every actor. */
  readonly actor?: Actor
  /** Only events that concern this thing. Default: every event. */
  readonly subject?: LogSubject
  /** The maximum number of events in the page, 1 to 1,000. Default: 100. */
  readonly limit?: number
}

/** One page of the log, the oldest event first. */
export interface LogPage {
  readonly events: readonly Recorded[]
  /** The `after` of the next page. Absent when the log has no further events that meet the conditions. */
  readonly next?: number
}

/**
 * An endless iterator over the commits after a version. Each item has the events of one or more whole commits, at least
 * one event, in order, and each event exactly once. Watches are independent of each other, and a slow consumer misses no
 * event.
 */
export interface Watch extends AsyncIterable<readonly Recorded[]> {
  /** @throws {RepositoryError} when the log cannot be read. The watch has then ended; start another from the last version. */
  next(): Promise<IteratorResult<readonly Recorded[], undefined>>
  /** Ends the watch. Pending and later calls of `next` resolve to `done`. */
  return(): Promise<IteratorResult<readonly Recorded[], undefined>>
  [Symbol.asyncIterator](): Watch
}

/** What a repository can do. */
export interface RepositoryCapabilities {
  /** Whether committed events survive a crash of the process and of the store. */
  readonly isDurable: boolean
  /** Whether several processes can use the store at the same time. */
  readonly isShared: boolean
}

/**
 * A store of the event log with optimistic concurrency, and of snapshots.
 *
 * - **One order.** Of several commits that expect the same version, exactly one succeeds. The result is as if all commits ran
 *   one after another.
 * - **Idempotent.** A commit repeated with the same command returns the first result, whatever its `expectedVersion`. A
 *   conflict does not use up a command id. At least the last 10,000 command ids are remembered.
 * - **Errors as data.** A conflict is a value. A `RepositoryError` is thrown when the store cannot return a result, and a
 *   `TypeError` for arguments of another shape.
 */
export interface Repository {
  readonly capabilities: RepositoryCapabilities

  /**
   * Loads the newest snapshot and the events after it. With `upTo`, loads the state at that version: the newest
   * snapshot that is not later, and the events up to that version.
   * @throws {RangeError} when `upTo` is above the version of the log, or before its first snapshot
   */
  load(upTo?: number): Promise<Loaded>
  /** Returns the version of the log. Cheap: a follower calls it to learn whether it is up to date. */
  version(): Promise<number>
  /** Appends events if the log is at the expected version. */
  commit(commit: Commit): Promise<Committed>
  /** Returns the commit of a command id, or `undefined` if no commit has this id. */
  findCommand(id: string): Promise<CommittedCommand | undefined>
  /**
   * Watches for commits after `fromVersion`, which may be a future version. When `fromVersion` is before the first
   * snapshot of a log that began with one, `next` rejects with a `RangeError`. In this case, load again.
   */
  watch(fromVersion: number): Watch
  /**
   * Returns one page of the log.
   * @throws {TypeError} when the query has another shape
   */
  readLog(query?: LogQuery): Promise<LogPage>
  /**
   * Stores a snapshot of the state at a version that the log has reached. Keeps the newest snapshots only; ignores one
   * that is older than the newest. No event is removed. In an empty log, a snapshot of a later version becomes the
   * beginning of the log: its first event has the next version.
   * @throws {RangeError} when the log is not empty and has not reached the version of the snapshot
   */
  saveSnapshot(snapshot: StoredSnapshot): Promise<void>
  /** Returns the version of a cursor: a bookmark in the log, such as the last event that was booked. 0 for a new name. */
  cursor(name: string): Promise<number>
  /** Moves a cursor forwards. Does nothing when it is at this version or a later one. */
  advanceCursor(name: string, version: number): Promise<void>
  /**
   * Closes the repository: ends all watches, waits for pending calls, then releases the resources that the adapter
   * opened. Every later call throws `repository_closed`.
   */
  close(): Promise<void>
}
