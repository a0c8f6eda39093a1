import type { Event } from '../change/message/event.ts'
import type { Snapshot } from '../model/snapshot/snapshot.ts'

/** An event with the version of the state that it led to: the first event ever has version 1. */
export interface Recorded<Stored = Event> {
  readonly version: number
  readonly event: Stored
}

/** What there is to load: a state, as a snapshot and the events after it, in order. */
export interface Loaded<Stored = Event> {
  /** Absent when the events begin at the empty state. */
  readonly snapshot?: Snapshot
  readonly events: readonly Stored[]
  /** The version after the last event: the snapshot's, or 0, plus the number of events. */
  readonly version: number
}

/** What became of a commit. */
export type Committed =
  /** The events are stored, all of them. `version` is that of the last. */
  | { readonly type: 'committed'; readonly version: number }
  /** Nothing is stored: the log is at `version` and not where the caller believed. Load or follow, decide again, commit again. */
  | { readonly type: 'conflict'; readonly version: number }
  /** Nothing is stored: the command id has stored other events, up to `version`. Never retry. */
  | { readonly type: 'command_id_reused'; readonly version: number }

/**
 * The events after a version, in order, each once: first those that are there, then those to come, without an end.
 * Several watches are independent, and a slow one misses nothing.
 */
export interface Watch<Stored = Event> extends AsyncIterable<Recorded<Stored>> {
  next(): Promise<IteratorResult<Recorded<Stored>, undefined>>
  /** Ends the watch. A `next` that waits is answered `done`, and so is every later one. */
  return(): Promise<IteratorResult<Recorded<Stored>, undefined>>
  [Symbol.asyncIterator](): Watch<Stored>
}

/** Keeps the log of events. Whoever knows the version decides; the repository only sees to it that one decision wins. */
export interface Repository<Stored = Event> {
  load(): Promise<Loaded<Stored>>
  /**
   * Stores events after the `expectedVersion`, all or none. Of callers that expect the same version one is committed.
   *
   * With a `commandId` it happens once: sent again with the same events, it gives the first result, whatever version is
   * expected now, so a caller that never heard the answer may ask again. A conflict leaves the id unused.
   */
  commit(events: readonly Stored[], expectedVersion: number, commandId?: string): Promise<Committed>
  /**
   * Follows the log after a version, which may be one still to come.
   * `next` rejects with a `Defect` when the version is before the snapshot, since those events are gone: load again.
   */
  watch(fromVersion: number): Watch<Stored>
}
