import { freeze } from '../../model/value/freeze.ts'
import type { CommandKey, Recorded, StoredEvent } from '../../port/repository.ts'

/** A commit as a log stores it. */
export interface StoredCommit {
  /** The version before the first event. */
  readonly after: number
  readonly schema: number
  readonly command?: CommandKey | undefined
  /** Results of `JSON.parse`, which belong to the log. */
  readonly events: readonly StoredEvent[]
}

/** Returns the events of a commit that have versions above `above`, deeply frozen. */
export function recordedOf({ after, schema, command, events }: StoredCommit, above = after): readonly Recorded[] {
  const skipped = Math.max(0, above - after)
  const id = command === undefined ? {} : { command: command.id }
  return events.slice(skipped).map((event, i) => freeze({ version: after + skipped + i + 1, schema, event, ...id }))
}
