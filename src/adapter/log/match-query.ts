import { subjectsOf } from '../../change/message/event-subject.ts'
import type { Actor } from '../../model/value/principal.ts'
import type { LogPage, Recorded } from '../../port/repository.ts'
import type { CheckedLogQuery } from './check-arguments.ts'

/** Collects the events of one page from a log that is given in order. Skips events outside the query's versions. */
export class PageCollector {
  readonly #query: CheckedLogQuery
  readonly #found: Recorded[] = []
  #hasMore = false

  constructor(query: CheckedLogQuery) {
    this.#query = query
  }

  /** Adds events. Returns whether the page needs further events. */
  add(events: Iterable<Recorded>): boolean {
    const { after, limit, upTo = Number.POSITIVE_INFINITY } = this.#query
    for (const recorded of events) {
      if (recorded.version > upTo) return false
      if (recorded.version <= after || !isMatch(recorded, this.#query)) continue
      if (this.#found.length === limit) {
        this.#hasMore = true
        return false
      }
      this.#found.push(recorded)
    }
    return true
  }

  get page(): LogPage {
    const last = this.#found.at(-1)
    return { events: this.#found, ...(this.#hasMore && last !== undefined ? { next: last.version } : {}) }
  }
}

/** Returns one page of a log that is given in order. */
export function pageOf(events: Iterable<Recorded>, query: CheckedLogQuery): LogPage {
  const collector = new PageCollector(query)
  collector.add(events)
  return collector.page
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
