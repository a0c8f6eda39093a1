import { subjectsOf } from '../../../change/message/event-subject.ts'
import { freeze } from '../../../model/value/freeze.ts'
import type { Commit, Recorded, StoredEvent } from '../../../port/repository.ts'
import { checksum } from '../../checksum.ts'
import type { SqlRow } from '../client/sql-client.ts'
import { textArray } from '../client/text-array.ts'
import { corrupt } from './repository-failure.ts'

/** The columns that `readEvent` reads. */
export const eventColumns = 'version, commit_end, schema, command, checksum, body'

/** An event of the log, and the version after its commit. */
export interface EventRow {
  readonly recorded: Recorded
  readonly commitEnd: number
}

/** The events of a commit as array arguments of the commit statement. */
export interface EncodedEvents {
  readonly bodies: string
  readonly checksums: string
  readonly ats: string
  readonly actorTypes: string
  readonly actorIds: string
  readonly subjectTypes: string
  readonly subjectIds: string
  readonly subjectVersions: string
}

/** Encodes the events of a commit, which have the versions after `expectedVersion`. */
export function encodeEvents({ events, schema, expectedVersion, command }: Commit): EncodedEvents {
  const commitEnd = expectedVersion + events.length
  const bodies = events.map((event) => JSON.stringify(event))
  const sums = bodies.map((body, i) => sumOf([expectedVersion + i + 1, commitEnd, schema, command?.id ?? null], body))
  const subjects = events.flatMap((event, i) => {
    const found = subjectsOf({ ...event }).map(({ type, id }) => [searchable(type), searchable(id)] as const)
    const distinct = new Map(found.map((subject) => [JSON.stringify(subject), subject]))
    return [...distinct.values()].map(([type, id]) => ({ type, id, version: expectedVersion + i + 1 }))
  })
  return {
    bodies: textArray(bodies),
    checksums: textArray(sums),
    ats: `{${events.map(({ at }) => at).join(',')}}`,
    actorTypes: textArray(events.map(({ actor }) => searchable(actor.type))),
    actorIds: textArray(events.map(({ actor }) => actorIdOf(actor))),
    subjectTypes: textArray(subjects.map(({ type }) => type)),
    subjectIds: textArray(subjects.map(({ id }) => id)),
    subjectVersions: `{${subjects.map(({ version }) => version).join(',')}}`,
  }
}

/** Returns the `actor_id` of an actor: its id, or an empty string for an actor without an id. */
export function actorIdOf(actor: StoredEvent['actor']): string {
  return 'id' in actor ? searchable(actor.id) : ''
}

const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/**
 * Returns the form of a string in an index column. The characters that PostgreSQL cannot store, U+0000 and lone
 * surrogates, become U+FFFD.
 */
export function searchable(text: string): string {
  return text.replaceAll('\0', '\ufffd').replace(loneSurrogate, '\ufffd')
}

/**
 * Reads a row with the `eventColumns`.
 * @throws {RepositoryError} `repository_corrupt` when the checksum does not match
 */
export function readEvent(row: SqlRow): EventRow {
  const [version, commitEnd, schema] = [row['version'], row['commit_end'], row['schema']].map(Number) as [
    number,
    number,
    number,
  ]
  const command = row['command'] as string | null
  const body = String(row['body'])
  if (row['checksum'] !== sumOf([version, commitEnd, schema, command], body)) {
    throw corrupt(`event ${version} does not match its checksum: its row was changed`)
  }
  const event = JSON.parse(body) as StoredEvent
  return { recorded: freeze({ version, schema, event, ...(command === null ? {} : { command }) }), commitEnd }
}

const encoder = new TextEncoder()

/** Returns the checksum of a text together with the columns that give its place. */
export function sumOf(place: readonly (number | string | null)[], body: string): string {
  return checksum(encoder.encode(`${JSON.stringify(place)}${body}`))
}
