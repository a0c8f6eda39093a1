import type { Recorded } from '../../../port/repository.ts'
import type { SqlRow, SqlSession } from '../client/sql-client.ts'
import { type EventRow, eventColumns, readEvent } from './event-row.ts'
import { type LogBounds, type LogStore, outside } from './log-store.ts'
import { corrupt } from './repository-failure.ts'

/** The maximum number of events that one statement reads. */
const pageSize = 1_000

/**
 * Reads all events above a version, up to and including another one. Reads the next page while it decodes one.
 * @throws {RepositoryError} `repository_corrupt` when an event is missing or was changed
 */
export async function readEvents(store: LogStore, after: number, upTo: number): Promise<readonly Recorded[]> {
  const read = (from: number) => store.read((session) => readRows(session, store.schema, from, upTo))
  const events: Recorded[] = []
  for (let next = after < upTo ? read(after) : undefined; next !== undefined; ) {
    const rows = await next
    const last = Number(rows.at(-1)?.['version'])
    next = last < upTo ? read(last) : undefined
    // The loop may end with an error before it awaits the next page.
    next?.catch(() => undefined)
    for (const row of rows) events.push(readEvent(row).recorded)
  }
  return events
}

/**
 * Returns the text that reads one page. It has no upper bound: with one, a plan that was made for a small table would
 * sort the rest of the log for each page.
 */
function pageText(schema: string): string {
  return `select ${eventColumns} from ${schema}.event where version > $1 order by version limit ${pageSize}`
}

/** Reads one page, and checks that no event is missing. */
async function readRows(session: SqlSession, schema: string, after: number, upTo: number): Promise<readonly SqlRow[]> {
  const { rows } = await session.query(pageText(schema), [String(after)])
  const page = rows.slice(0, upTo - after)
  checkVersions(page, after, upTo)
  return page
}

function checkVersions(rows: readonly SqlRow[], after: number, upTo: number): void {
  const expected = Math.min(pageSize, Math.max(0, upTo - after))
  for (let i = 0; i < Math.max(expected, rows.length); i += 1) {
    const version = Number(rows[i]?.['version'])
    if (version === after + 1 + i && i < expected) continue
    if (i >= expected) throw corrupt(`the log contains event ${version} above its version ${upTo}`)
    throw corrupt(`event ${after + 1 + i} is missing: the log is at version ${upTo}`)
  }
}

/** The next commits after a version, and the bounds of the log when they were read. */
export interface CommitsAfter extends LogBounds {
  readonly events: readonly Recorded[]
}

/**
 * Reads the events of the next whole commits after a version in one statement, or in several for a large commit.
 * Returns no events when the log has not passed the version. `seen` is a version that the log has reached before.
 * @throws {RangeError} when the version is before the beginning of the log
 * @throws {RepositoryError} `repository_corrupt` when an event is missing or was changed, or the log is behind `seen`
 */
export async function readCommitsAfter(store: LogStore, after: number, seen: number): Promise<CommitsAfter> {
  const { bounds, rows } = await store.read(async (session) => {
    const text = `select h.log::text as log, h.base::text as base, h.version::text as head, e.*
      from ${store.schema}.head h left join (${pageText(store.schema)}) e on true order by e.version`
    const all = (await session.query(text, [String(after)])).rows
    const found = await store.bounds(all[0])
    if (found.version < seen) {
      throw corrupt(`the log is at version ${found.version} after it was at version ${seen}: was it restored?`)
    }
    const stored = all.filter((row) => row['version'] !== null)
    if (after < found.base) throw outside(found, after)
    checkVersions(stored, after, found.version)
    return { bounds: found, rows: stored.map(readEvent) }
  })
  return { ...bounds, events: await wholeCommits(store, rows) }
}

/** Returns the events of the rows that end with a commit. Reads the rest of a commit that is larger than a page. */
async function wholeCommits(store: LogStore, rows: readonly EventRow[]): Promise<readonly Recorded[]> {
  const end = rows.findLastIndex(({ recorded, commitEnd }) => recorded.version === commitEnd)
  const whole = end < 0 ? rows : rows.slice(0, end + 1)
  const events = whole.map(({ recorded }) => recorded)
  const last = whole.at(-1)
  if (end >= 0 || last === undefined) return events
  return [...events, ...(await readEvents(store, last.recorded.version, last.commitEnd))]
}
