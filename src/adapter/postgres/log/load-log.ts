import type { Loaded } from '../../../port/repository.ts'
import { type LogStore, outside } from './log-store.ts'
import { readEvents } from './read-events.ts'
import { corrupt } from './repository-failure.ts'
import { readSnapshot } from './snapshot.ts'

/**
 * Loads the newest snapshot up to a version and the events after it. Default: up to the version of the log. Needs no
 * transaction, because stored events and snapshots never change.
 * @throws {RangeError} when the log does not have the version
 * @throws {RepositoryError} `repository_corrupt` when an event or a part is missing or was changed
 */
export async function loadLog(store: LogStore, upTo: number | undefined): Promise<Loaded> {
  const { bounds, snapshot } = await readSnapshot(store, upTo)
  const version = upTo ?? bounds.version
  if (version > bounds.version || version < bounds.base) throw outside(bounds, version)
  const from = snapshot?.version ?? 0
  if (from < bounds.base) throw corrupt(`the snapshot of version ${bounds.base}, the beginning of the log, is missing`)
  const events = await readEvents(store, from, version)
  return { log: await store.log(), ...(snapshot === undefined ? {} : { snapshot }), events, version }
}
