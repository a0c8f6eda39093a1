import { evolve } from '../../change/evolve.ts'
import type { Event } from '../../change/message/event.ts'
import { readEvent } from '../../change/read-event.ts'
import { fromSnapshotParts } from '../../model/snapshot/from-snapshot-parts.ts'
import { emptyState, type State } from '../../model/state/state.ts'
import type { Loaded, Recorded, Repository } from '../../port/repository.ts'
import { messageOf } from '../notice/message.ts'
import { ProblemError } from '../notice/unavailable.ts'
import { yieldToOthers } from '../time/wait.ts'

/** One event with the states before and after it. */
export interface Step {
  readonly version: number
  readonly event: Event
  readonly before: State
  readonly after: State
}

/** The number of events that are applied before other tasks have a turn. */
const turn = 500

/**
 * Reads a recorded event.
 * @throws {ProblemError} when the event is of a later schema or is malformed
 */
export function readRecorded({ version, schema, event }: Recorded): Event {
  const read = readEvent(event, schema)
  if (read.ok) return read.event
  const code = read.code === 'schema_unsupported' ? 'events_newer' : 'log_invalid'
  throw new ProblemError(code, `event ${version}: ${read.message}`)
}

/**
 * Reads a recorded event and applies it to the state before it.
 * @throws {ProblemError} when the event is of a later schema, is malformed, or cannot have happened
 */
export function applyRecorded(recorded: Recorded, before: State): Step {
  const { version } = recorded
  const place = `event ${version}`
  if (version !== before.version + 1) {
    throw new ProblemError('log_invalid', `${place} follows version ${before.version}; events are missing`)
  }
  const event = readRecorded(recorded)
  try {
    return { version, event, before, after: evolve(before, event) }
  } catch (cause) {
    throw new ProblemError('log_invalid', `${place}: ${messageOf(cause)}`, { cause })
  }
}

/**
 * Returns the state that a repository holds now, or held at a version, and the id of its log. Works for every version
 * since the beginning of the log.
 * @throws {RepositoryError} when the repository cannot be read
 * @throws {RangeError} when the log has no such version
 * @throws {Error} when a snapshot or an event cannot be read; the message names it
 *
 * @example
 * const { state } = await loadState(createMemoryRepository())
 * console.log(state.version) // 0
 */
export async function loadState(
  repository: Repository,
  upTo?: number,
): Promise<{ readonly state: State; readonly log: string }> {
  const loaded = await repository.load(upTo)
  return { state: await restore(loaded, () => undefined), log: loaded.log }
}

/** Returns the state of loaded data. Calls `onStep` for each event after the snapshot. */
export async function restore(loaded: Loaded, onStep: (step: Step) => void): Promise<State> {
  let state = await restoreSnapshot(loaded)
  for (const [i, recorded] of loaded.events.entries()) {
    if (i % turn === turn - 1) await yieldToOthers()
    const step = applyRecorded(recorded, state)
    onStep(step)
    state = step.after
  }
  return state
}

async function restoreSnapshot({ snapshot }: Loaded): Promise<State> {
  if (snapshot === undefined) return emptyState
  const place = `the snapshot of version ${snapshot.version}`
  const restored = fromSnapshotParts(snapshot.parts)
  if (!restored.ok) {
    const [fault] = restored.faults
    const code = fault?.code === 'schema_unsupported' ? 'events_newer' : 'log_invalid'
    throw new ProblemError(code, `${place}: ${fault?.message} at \`${fault?.path.join('.')}\``)
  }
  if (restored.state.version !== snapshot.version) {
    throw new ProblemError('log_invalid', `${place} has the state of version ${restored.state.version}`)
  }
  return restored.state
}
