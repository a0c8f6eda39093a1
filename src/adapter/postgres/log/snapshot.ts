import type { StoredSnapshot } from '../../../port/repository.ts'
import type { SqlRow, SqlSession } from '../client/sql-client.ts'
import { textArray } from '../client/text-array.ts'
import { sumOf } from './event-row.ts'
import { type LogBounds, type LogStore, outside } from './log-store.ts'
import { corrupt } from './repository-failure.ts'

/** The number of characters that one statement writes or reads, unless one part is longer. */
const chunkSize = 4_000_000

/** The row of a snapshot in the table `snapshot`. */
interface Header {
  readonly version: number
  readonly schema: number
  readonly parts: number
  readonly size: number
}

/** The bounds of the log, and the newest snapshot up to a version. */
export interface SnapshotChoice {
  readonly bounds: LogBounds
  readonly snapshot: StoredSnapshot | undefined
}

/**
 * Reads the newest snapshot up to a version, with the bounds of the log. Default: up to the version of the log.
 * @throws {RepositoryError} `repository_corrupt` when a part is missing or was changed
 */
export async function readSnapshot(store: LogStore, upTo: number | undefined): Promise<SnapshotChoice> {
  return await store.read(async (session) => {
    for (;;) {
      const { bounds, header } = await findHeader(store, session, upTo)
      if (header === undefined) return { bounds, snapshot: undefined }
      const parts = await readParts(store, session, header)
      // Another process may have deleted the snapshot, after it stored newer ones.
      if (parts.length < header.parts && (await isDeleted(store, session, header))) continue
      if (parts.length < header.parts) {
        throw corrupt(`part ${parts.length + 1} of the snapshot of version ${header.version} is missing`)
      }
      return { bounds, snapshot: { version: header.version, schema: header.schema, parts } }
    }
  })
}

async function findHeader(store: LogStore, session: SqlSession, upTo: number | undefined) {
  const { schema } = store
  const { rows } = await session.query(
    `select h.log::text as log, h.base::text as base, h.version::text as head, s.version, s.schema, s.parts, s.size
      from ${schema}.head h left join ${schema}.snapshot s
        on s.version = (select max(version) from ${schema}.snapshot where version <= coalesce($1::bigint, h.version))`,
    [upTo === undefined ? null : String(upTo)],
  )
  const [row = {}] = rows
  const bounds = await store.bounds(rows[0])
  return { bounds, header: row['version'] === null ? undefined : readHeader(row) }
}

function readHeader(row: SqlRow): Header {
  const [version, schema, parts, size] = ['version', 'schema', 'parts', 'size'].map((name) => Number(row[name]))
  return { version, schema, parts, size } as Header
}

/** Reads the parts of a snapshot up to the first one that is missing. */
async function readParts(store: LogStore, session: SqlSession, header: Header): Promise<readonly string[]> {
  const text = `select part, checksum, body from ${store.schema}.snapshot_part
    where version = $1 and part > $2 order by part limit $3`
  const limit = Math.max(1, Math.floor((chunkSize * header.parts) / Math.max(1, header.size)))
  const parts: string[] = []
  while (parts.length < header.parts) {
    const { rows } = await session.query(text, [header.version, parts.length, limit].map(String))
    for (const row of rows) {
      const part = Number(row['part'])
      const body = String(row['body'])
      if (part !== parts.length + 1) return parts
      if (row['checksum'] !== sumOf([header.version, part], body)) {
        throw corrupt(`part ${part} of the snapshot of version ${header.version} does not match its checksum`)
      }
      parts.push(body)
    }
    if (rows.length === 0) return parts
  }
  return parts
}

async function isDeleted(store: LogStore, session: SqlSession, { version }: Header): Promise<boolean> {
  const text = `select version from ${store.schema}.snapshot where version = $1`
  return (await session.query(text, [String(version)])).rows.length === 0
}

/**
 * Stores a snapshot in one transaction, and deletes all but the newest two and the one at the beginning of the log.
 * Other transactions see a snapshot when all of its parts are stored.
 * @throws {RangeError} when the log is not empty and has not reached the version of the snapshot
 */
export async function writeSnapshot(store: LogStore, snapshot: StoredSnapshot): Promise<void> {
  await store.write((client) =>
    client.transaction(async (session) => {
      if (!(await isWanted(store, session, snapshot.version))) return
      await writeParts(store, session, snapshot)
      await deleteOlder(store, session)
    }),
  )
}

/** Begins an empty log at the version of a snapshot. Returns whether the snapshot is newer than the stored ones. */
async function isWanted(store: LogStore, session: SqlSession, version: number): Promise<boolean> {
  const { schema } = store
  const { rows } = await session.query(
    `select h.log::text as log, h.base::text as base, h.version::text as head,
      (select max(version) from ${schema}.snapshot)::text as newest from ${schema}.head h`,
    [],
  )
  const bounds = await store.bounds(rows[0])
  const newest = rows[0]?.['newest'] ?? null
  if (version <= bounds.version) return newest === null || version > Number(newest)
  const begun = await session.query(
    `update ${schema}.head set base = $1::bigint, version = $1::bigint where version = 0 returning log`,
    [String(version)],
  )
  if (begun.rows.length === 0) throw outside(bounds, version)
  return true
}

async function writeParts(store: LogStore, session: SqlSession, { version, schema, parts }: StoredSnapshot) {
  const text = `insert into ${store.schema}.snapshot_part (version, part, checksum, body)
    select $1::bigint, $2::bigint + p.place, p.checksum, p.body
    from unnest($3::text[], $4::text[]) with ordinality as p (checksum, body, place)`
  let done = 0
  while (done < parts.length) {
    let end = done + 1
    let length = parts[done]?.length ?? 0
    while (end < parts.length && length + (parts[end]?.length ?? 0) <= chunkSize) {
      length += parts[end]?.length ?? 0
      end += 1
    }
    const from = done
    const chunk = parts.slice(from, end)
    const sums = chunk.map((body, i) => sumOf([version, from + i + 1], body))
    await session.query(text, [String(version), String(from), textArray(sums), textArray(chunk)])
    done = end
  }
  const size = parts.reduce((sum, part) => sum + part.length, 0)
  const header = `insert into ${store.schema}.snapshot (version, schema, parts, size) values ($1, $2, $3, $4)`
  await session.query(header, [version, schema, parts.length, size].map(String))
}

async function deleteOlder(store: LogStore, session: SqlSession): Promise<void> {
  const { schema } = store
  const newest = `select version from ${schema}.snapshot order by version desc limit 2`
  const kept = `version in (${newest}) or version in (select base from ${schema}.head)`
  await session.query(`delete from ${schema}.snapshot where not (${kept})`, [])
  // The parts that another transaction is writing are not visible here.
  const orphaned = `version not in (select version from ${schema}.snapshot)`
  await session.query(`delete from ${schema}.snapshot_part where ${orphaned}`, [])
}
