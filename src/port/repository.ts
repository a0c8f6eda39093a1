import type { Event } from '../change/message/event.ts'
import type { Snapshot } from '../model/snapshot/snapshot.ts'

/** A stored event and the state version after it. The first event has version 1. */
export interface Recorded<Stored = Event> {
  readonly version: number
  readonly event: Stored
}

/** The stored data of a state: a snapshot, and the events after the snapshot, in order. */
export interface Loaded<Stored = Event> {
  /** The snapshot to start from. Absent when the events start from the empty state. */
  readonly snapshot?: Snapshot
  readonly events: readonly Stored[]
  /** The version after the last event: the snapshot's version (0 without a snapshot) plus the number of events. */
  readonly version: number
}

/** The result of a commit. */
export type Committed =
  /** All events are stored. `version` is the version of the last event. */
  | { readonly type: 'committed'; readonly version: number }
  /**
   * Nothing is stored, because the log is at `version` and not at `expectedVersion`. Load or watch, decide again,
   * commit again.
   */
  | { readonly type: 'conflict'; readonly version: number }
  /**
   * Nothing is stored, because an earlier commit with this command id stored other events, up to `version`. Do not
   * retry.
   */
  | { readonly type: 'command_id_reused'; readonly version: number }

/**
 * An endless iterator over the events after a version. Yields stored events, then each new event after its commit, in
 * order and exactly once. Watches are independent of each other, and a slow consumer misses no event.
 */
export interface Watch<Stored = Event> extends AsyncIterable<Recorded<Stored>> {
  next(): Promise<IteratorResult<Recorded<Stored>, undefined>>
  /** Ends the watch. Pending and later calls of `next` resolve to `done`. */
  return(): Promise<IteratorResult<Recorded<Stored>, undefined>>
  [Symbol.asyncIterator](): Watch<Stored>
}

/**
 * A store of the event log with optimistic concurrency. Of several commits that expect the same version, exactly one
 * succeeds.
 */
export interface Repository<Stored = Event> {
  load(): Promise<Loaded<Stored>>
  /**
   * Appends events if the log is at `expectedVersion`, all or none. Of several concurrent callers with the same
   * `expectedVersion`, one is committed and the others get `conflict`.
   *
   * A `commandId` makes the commit idempotent: a repeated call with the same events returns the first result, whatever its
   * `expectedVersion`, so a caller that did not receive the result can retry. A conflict does not use up the id.
   */
  commit(events: readonly Stored[], expectedVersion: number, commandId?: string): Promise<Committed>
  /**
   * Watches for events after `fromVersion`, which may be a future version. When `fromVersion` is before the snapshot,
   * `next` rejects with a `Defect`, because earlier events are no longer stored. In this case, load again.
   */
  watch(fromVersion: number): Watch<Stored>
}
