import { subjectsOf } from '../../change/message/event-subject.ts'
import type { Actor } from '../../model/value/principal.ts'
import type { LogPage, Recorded } from '../../port/repository.ts'
import type { CheckedLogQuery } from './check-arguments.ts'

/** Returns one page of a log that is given in order. Events outside the query's versions are skipped. */
export function pageOf(events: Iterable<Recorded>, query: CheckedLogQuery): LogPage {
  const found: Recorded[] = []
  for (const recorded of events) {
    if (recorded.version <= query.after || !isMatch(recorded, query)) continue
    if (found.length === query.limit) return { events: found, next: found.at(-1)?.version as number }
    found.push(recorded)
  }
  return { events: found }
}

/** Whether an event meets the conditions of a query, except `after`. */
function isMatch({ version, event }: Recorded, query: CheckedLogQuery): boolean {
  const { upTo = Number.POSITIVE_INFINITY, since = 0, before = Number.POSITIVE_INFINITY, actor, subject } = query
  if (version > upTo || event.at < since || event.at >= before) return false
  if (actor !== undefined && actorKey(event.actor) !== actorKey(actor)) return false
  if (subject === undefined) return true
  return subjectsOf({ ...event }).some(({ type, id }) => type === subject.type && id === subject.id)
}

/** A string that is equal for equal actors only. */
function actorKey(actor: Actor): string {
  return 'id' in actor ? JSON.stringify([actor.type, actor.id]) : actor.type
}
