import { isId } from '../../model/value/id.ts'
import { isInstant } from '../../model/value/instant.ts'
import type { CommandKey, Commit, LogQuery, StoredEvent, StoredSnapshot } from '../../port/repository.ts'

/** The maximum and the default number of events in a page of the log. */
const pageLimit = 1_000
const defaultPage = 100

/**
 * Checks the arguments of `commit`.
 * @throws {TypeError} when an argument has another shape
 */
export function checkCommit(commit: Commit): void {
  const { events, schema, command } = objectOf<Commit>(commit, 'a commit')
  require(Array.isArray(events), '`events` must be a list')
  for (const [i, event] of (events as readonly unknown[]).entries()) {
    require(isStoredEvent(event), `\`events[${i}]\` must be an event, with \`type\`, \`actor\` and \`at\``)
  }
  require(isPositive(schema), '`schema` must be a positive integer')
  if (command === undefined) return
  const { id, digest } = objectOf<CommandKey>(command, '`command`')
  checkCommandId(id)
  require(typeof digest === 'string' && digest.length > 0, '`command.digest` must be a string')
}

/**
 * Checks a command id.
 * @throws {TypeError} when it is not an id
 */
export function checkCommandId(id: unknown): asserts id is string {
  require(typeof id === 'string' && isId(id), 'a command id must be 1 to 256 printable characters')
}

/**
 * Checks a snapshot.
 * @throws {TypeError} when it has another shape
 */
export function checkSnapshot(snapshot: StoredSnapshot): void {
  const { version, schema, parts } = objectOf<StoredSnapshot>(snapshot, 'a snapshot')
  require(isVersion(version), '`version` must be a non-negative integer')
  require(isPositive(schema), '`schema` must be a positive integer')
  const isList = Array.isArray(parts) && parts.every((part) => typeof part === 'string' && !part.includes('\n'))
  require(isList, '`parts` must be a list of strings without line breaks')
}

/**
 * Checks the name and the version of a cursor.
 * @throws {TypeError} when the name is not an id, or the version is not a non-negative integer
 */
export function checkCursor(name: unknown, version: unknown = 0): void {
  require(typeof name === 'string' && isId(name), 'the name of a cursor must be 1 to 256 printable characters')
  require(isVersion(version), 'the version of a cursor must be a non-negative integer')
}

/** A query of the log with all defaults applied. */
export type CheckedLogQuery = LogQuery & { readonly after: number; readonly limit: number }

/**
 * Checks a query of the log and applies the defaults.
 * @throws {TypeError} when the query has another shape
 */
export function checkLogQuery(query: LogQuery = {}): CheckedLogQuery {
  const { after = 0, upTo, since, before, actor, subject, limit = defaultPage } = objectOf<LogQuery>(query, 'a query')
  require(isVersion(after), '`after` must be a version')
  require(upTo === undefined || isVersion(upTo), '`upTo` must be a version')
  require(since === undefined || isInstant(since), '`since` must be an instant in epoch milliseconds')
  require(before === undefined || isInstant(before), '`before` must be an instant in epoch milliseconds')
  require(actor === undefined || hasType(actor), '`actor` must be an actor')
  require(subject === undefined || (hasType(subject) && hasId(subject)), '`subject` must have a `type` and an `id`')
  require(isPositive(limit) && (limit as number) <= pageLimit, `\`limit\` must be an integer from 1 to ${pageLimit}`)
  return { ...query, after: after as number, limit: limit as number }
}

/**
 * Checks the version of a load.
 * @throws {TypeError} when it is not a non-negative integer
 */
export function checkUpTo(upTo: unknown): void {
  require(upTo === undefined || isVersion(upTo), '`upTo` must be a version')
}

function isStoredEvent(value: unknown): value is StoredEvent {
  if (!hasType(value)) return false
  const { actor, at } = value as { readonly actor?: unknown; readonly at?: unknown }
  return hasType(actor) && isInstant(at)
}

function hasType(value: unknown): value is { readonly type: string } {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function hasId(value: object): value is { readonly id: string } {
  return 'id' in value && typeof value.id === 'string'
}

function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isPositive(value: unknown): value is number {
  return isVersion(value) && value > 0
}

function objectOf<T>(value: unknown, what: string): { readonly [K in keyof T]?: unknown } {
  require(typeof value === 'object' && value !== null, `${what} must be an object`)
  return value as { readonly [K in keyof T]?: unknown }
}

function require(condition: boolean, message: string): asserts condition {
  if (!condition) throw new TypeError(message)
}
