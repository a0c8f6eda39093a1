import type { State } from '../../model/state/state.ts'
import { faultOfInstant, type Instant, isInstant } from '../../model/value/instant.ts'
import type { Repository } from '../../port/repository.ts'
import { loadState } from './load-state.ts'

/** A moment of the past: a version of the policy, or an instant. */
export type PastMoment = number | { readonly at: Instant }

/**
 * Returns the policy at a version, or as of an instant.
 * @throws {RangeError} when the log has no such version, or the instant is not one
 * @throws {RepositoryError} when the repository fails
 */
export async function stateOf(repository: Repository, moment: PastMoment): Promise<State> {
  const version = typeof moment === 'number' ? moment : await versionAt(repository, moment?.at)
  return (await loadState(repository, version)).state
}

/**
 * Returns the version after the last event at or before an instant. Before the first event of the log, returns the
 * version at which the log begins. Reads one event, and those that clocks put before the instant although they follow a later one.
 */
async function versionAt(repository: Repository, at: Instant): Promise<number> {
  if (!isInstant(at)) throw new RangeError(faultOfInstant(at))
  const later = await repository.readLog({ since: at + 1, limit: 1 })
  const [first] = later.events
  if (first === undefined) return await repository.version()
  let version = first.version - 1
  for (let after: number | undefined = version; after !== undefined; ) {
    const page = await repository.readLog({ after, before: at + 1, limit: 1_000 })
    version = page.events.at(-1)?.version ?? version
    after = page.next
  }
  return version
}
