import type { LogPage } from '../../../port/repository.ts'
import type { CheckedLogQuery } from '../../log/check-arguments.ts'
import { actorIdOf, eventColumns, readEvent, searchable } from './event-row.ts'
import type { LogStore } from './log-store.ts'

/** Reads one page of the log. Every condition of the query is a condition of the statement. */
export async function queryLog(store: LogStore, query: CheckedLogQuery): Promise<LogPage> {
  const { text, values } = statementOf(store.schema, query)
  return await store.read(async (session) => {
    const { rows } = await session.query(text, values)
    const events = rows.slice(0, query.limit).map((row) => readEvent(row).recorded)
    // The statement reads one event more than the page has.
    return rows.length > query.limit ? { events, next: events.at(-1)?.version as number } : { events }
  })
}

function statementOf(schema: string, query: CheckedLogQuery): { text: string; values: readonly string[] } {
  const { after, upTo, since, before, actor, subject, limit } = query
  const values: string[] = []
  const bind = (value: string | number): string => {
    values.push(String(value))
    return `$${values.length}`
  }
  const conditions = [`e.version > ${bind(after)}`]
  if (upTo !== undefined) conditions.push(`e.version <= ${bind(upTo)}`)
  if (since !== undefined) conditions.push(`e.at >= ${bind(since)}`)
  if (before !== undefined) conditions.push(`e.at < ${bind(before)}`)
  if (actor !== undefined) {
    conditions.push(`e.actor_type = ${bind(searchable(actor.type))} and e.actor_id = ${bind(actorIdOf(actor))}`)
  }
  let from = `${schema}.event e`
  if (subject !== undefined) {
    from = `${schema}.event_subject s join ${schema}.event e on e.version = s.version`
    conditions.push(`s.type = ${bind(searchable(subject.type))} and s.id = ${bind(searchable(subject.id))}`)
    conditions.push(`s.version > $1`)
  }
  const order = subject === undefined ? 'e.version' : 's.version'
  const columns = eventColumns.replaceAll(/\w+/g, 'e.$&')
  const text = `select ${columns} from ${from} where ${conditions.join(' and ')} order by ${order} limit ${bind(limit + 1)}`
  return { text, values }
}
