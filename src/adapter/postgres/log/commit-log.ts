import type { Commit, Committed, CommittedCommand } from '../../../port/repository.ts'
import type { SqlRow } from '../client/sql-client.ts'
import { type EncodedEvents, encodeEvents } from './event-row.ts'
import type { LogStore } from './log-store.ts'
import { corrupt, LogConflictError, repositoryFailure } from './repository-failure.ts'

/** A commit that is ready to be sent. It shares no object with the caller. */
export interface PreparedCommit {
  readonly commit: Pick<Commit, 'schema' | 'expectedVersion' | 'command'>
  readonly end: number
  /** Absent when the log cannot be at the expected version. */
  readonly events?: EncodedEvents
}

/** Encodes a commit. */
export function prepareCommit(commit: Commit): PreparedCommit {
  const { expectedVersion, schema, command, events } = commit
  const sent = { schema, expectedVersion, ...(command === undefined ? {} : { command: { ...command } }) }
  const end = expectedVersion + events.length
  if (expectedVersion < 0 || !Number.isSafeInteger(end)) return { commit: sent, end }
  return { commit: sent, end, events: encodeEvents(commit) }
}

/** Returns the name of the notification channel of a log. Distinct for each log in a database. */
export function channelOf(log: string): string {
  return `portcullis_${log.replaceAll('-', '_')}`
}

/** The maximum number of times that the commit statement is sent. Each time, another writer may be in the way. */
const maxTries = 10

/**
 * Appends the events of a commit in one statement. The statement stores nothing when the log is at another version or
 * the command id is known; a second statement then finds out which.
 */
export async function commitToLog(store: LogStore, prepared: PreparedCommit, notifies: boolean): Promise<Committed> {
  const { commit, events, end } = prepared
  const log = await store.log()
  for (let tries = 1; ; tries += 1) {
    const stored = events !== undefined && (await append(store, { commit, events, end, log, notifies }))
    if (stored) return { type: 'committed', after: commit.expectedVersion, version: end, replay: false }
    const found = await findResult(store, commit)
    if (found !== undefined) return found
    // The log reached the expected version in the meantime, or rows that no commit wrote are in the way.
    if (tries === maxTries) throw corrupt(`the log contains rows above its version ${commit.expectedVersion}`)
  }
}

interface Append {
  readonly commit: PreparedCommit['commit']
  readonly events: EncodedEvents
  readonly end: number
  readonly log: string
  readonly notifies: boolean
}

/** Sends the commit statement. Returns whether it stored the commit. */
async function append(store: LogStore, { commit, events, end, log, notifies }: Append): Promise<boolean> {
  const values = [
    String(commit.expectedVersion),
    String(end),
    log,
    commit.command?.id ?? null,
    commit.command?.digest ?? null,
    String(commit.schema),
    events.bodies,
    events.checksums,
    events.ats,
    events.actorTypes,
    events.actorIds,
    events.subjectTypes,
    events.subjectIds,
    events.subjectVersions,
    ...(notifies ? [channelOf(log)] : []),
  ]
  return await store.write(async (client) => {
    try {
      const { rows } = await client.query(appendText(store.schema, notifies), values)
      return rows[0]?.['version'] != null
    } catch (cause) {
      const failure = repositoryFailure(cause, 'unknown')
      // Another commit of the same command was stored first.
      if (failure instanceof LogConflictError && isUniqueViolation(cause)) return false
      throw failure
    }
  })
}

function isUniqueViolation(cause: unknown): boolean {
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === '23505'
}

/**
 * The commit statement. Of two writers that expect the same version, the second waits for the row of `head`, and then
 * finds another version in it.
 */
function appendText(schema: string, notifies: boolean): string {
  const notified = notifies ? `, (select pg_notify($15::text, m.version::text))::text as notified` : ''
  return `with known as (
    select id from ${schema}.command where id = $4::text
  ), moved as (
    update ${schema}.head set version = $2::bigint
    where version = $1::bigint and log = $3::uuid and not exists (select 1 from known)
    returning version
  ), stored as (
    insert into ${schema}.event (version, commit_end, schema, at, actor_type, actor_id, command, checksum, body)
    select $1::bigint + e.place, m.version, $6::bigint, e.at, e.actor_type, e.actor_id, $4::text, e.checksum, e.body
    from moved m cross join unnest($7::text[], $8::text[], $9::bigint[], $10::text[], $11::text[])
      with ordinality as e (body, checksum, at, actor_type, actor_id, place)
  ), concerned as (
    insert into ${schema}.event_subject (type, id, version)
    select s.type, s.id, s.version
    from moved m cross join unnest($12::text[], $13::text[], $14::bigint[]) as s (type, id, version)
  ), remembered as (
    insert into ${schema}.command (id, after, version, digest)
    select $4::text, $1::bigint, m.version, $5::text from moved m where $4::text is not null
  )
  select m.version::text as version${notified} from moved m`
}

/**
 * Returns the result of a commit that was not stored. Returns `undefined` when the log is now at the expected version,
 * so that the commit can be tried again.
 */
async function findResult(store: LogStore, { expectedVersion, command }: PreparedCommit['commit']) {
  return await store.read(async (session): Promise<Committed | undefined> => {
    const { rows } = await session.query(
      `select h.log::text as log, h.base::text as base, h.version::text as head, c.after, c.version, c.digest
        from ${store.schema}.head h left join ${store.schema}.command c on c.id = $1::text`,
      [command?.id ?? null],
    )
    const { version } = await store.bounds(rows[0])
    const known = readCommand(rows[0])
    if (known === undefined) return version === expectedVersion ? undefined : { type: 'conflict', version }
    if (known.digest !== command?.digest) return { type: 'command_id_reused' }
    return { type: 'committed', after: known.after, version: known.version, replay: true }
  })
}

/** Returns the commit of a command id, or `undefined` if no commit has this id. */
export async function findCommand(store: LogStore, id: string): Promise<CommittedCommand | undefined> {
  return await store.read(async (session) => {
    const text = `select after, version, digest from ${store.schema}.command where id = $1`
    return readCommand((await session.query(text, [id])).rows[0])
  })
}

function readCommand(row: SqlRow | undefined): CommittedCommand | undefined {
  if (row === undefined || row['digest'] === null) return undefined
  return { after: Number(row['after']), version: Number(row['version']), digest: String(row['digest']) }
}
