import { formatCredit } from '../model/value/credit.ts'
import { faultOfInstant, isInstant } from '../model/value/instant.ts'

/** The names of fields in HTTP bodies that are not the library's names in snake case. */
const names: Readonly<Record<string, string>> = {
  organization: 'organization_id',
  team: 'team_id',
  user: 'user_id',
  virtualAccount: 'virtual_account_id',
  providerAccount: 'provider_account_id',
  credential: 'token_id',
  restriction: 'restriction_id',
  plan: 'plan_id',
  request: 'request_id',
  accessGroup: 'group_name',
  duration: 'duration_ms',
  overlap: 'overlap_ms',
}
const ids: ReadonlyMap<string, string> = new Map(Object.entries(names))
const fieldOfId: ReadonlyMap<string, string> = new Map(Object.entries(names).map(([field, wire]) => [wire, field]))

/** Fields whose values are records with keys of the host, which stay as they are. */
const records = new Set(['settings', 'units'])

/** Fields that an answer leaves out: a digest of a secret helps to recognize the secret. */
export const secretFields: ReadonlySet<string> = new Set(['digest', 'digests', 'previous'])

const instantField = /^(at|until|since|before)$|(At|Until|From)$/

/** Whether a field of the library has an instant, which is an ISO 8601 string in HTTP bodies. */
function isInstantField(field: string): boolean {
  return instantField.test(field)
}

/** Returns the name in HTTP bodies of a field of the library. */
export function wireName(field: string): string {
  return ids.get(field) ?? plainName(field)
}

/** Returns the name of a field with an object or a list, which is not an id. */
export function plainName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** Returns the library's name of a field in an HTTP body, or `undefined` for a name that no field has there. */
export function fieldName(wire: string): string | undefined {
  const field = fieldOfId.get(wire) ?? wire.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return wireName(field) === wire ? field : undefined
}

/** Returns a path of the library as the name of a field in an HTTP body, such as `members.0.alias`. */
export function wirePath(path: readonly (string | number)[]): string | undefined {
  if (path.length === 0) return undefined
  return path.map((step) => (typeof step === 'string' ? wireName(step) : step)).join('.')
}

/** Replaces the library's names in backticks by those of HTTP bodies. The values that a field accepts stay as they are. */
export function wireMessage(message: string): string {
  if (message === faultOfInstant(undefined)) return instantExpected
  const [, values = '', rest = message] = /^(expected (?:one of )?(?:`[^`]*`(?:, )?|…)+)(.*)$/s.exec(message) ?? []
  const named = /^(expected|unknown key) /.test(message)
    ? rest.replace(
        /(^unknown key | for )`(\w+)`/,
        (_, before: string, field: string) => `${before}\`${wireName(field)}\``,
      )
    : rest
  const translated = named.replace(/`([a-z]+(?:[A-Z][a-z]+)+)`/g, (whole, field: string) =>
    isCommandField(field) ? `\`${wireName(field)}\`` : whole,
  )
  return values + translated
}

/** Names with a capital that occur in the messages of rejections. An id that is spelled like one is translated too. */
const commandFields = new Set([
  ...['accessGroup', 'accessGroups', 'virtualAccount', 'providerAccount', 'startsAt', 'expiresAt', 'sunsetAt'],
  ...['overlapUntil', 'anyModel', 'timeZone', 'defaultTeam'],
])
const isCommandField = (field: string): boolean => commandFields.has(field)

/**
 * Converts a value of the library to JSON for an HTTP body: names in snake case, instants as ISO 8601 strings, amounts as
 * decimal strings, without digests.
 */
export function toWire(value: unknown): unknown {
  if (typeof value === 'bigint') return formatCredit(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(toWire)
  return Object.fromEntries(
    Object.entries(value)
      .filter(([field, part]) => !secretFields.has(field) && part !== undefined)
      .map(([field, part]) => [nameFor(field, part), partFor(field, part)]),
  )
}

/** Converts a row, whose id has the name of its noun. */
export function rowToWire(noun: string, { id, ...fields }: { readonly id: string }): unknown {
  return toWire({ [noun]: id, ...fields })
}

/** A field with an id has the name of an id; one with a row keeps the plain name. */
function nameFor(field: string, part: unknown): string {
  if (typeof part !== 'object' || part === null) return wireName(field)
  return plainName(field)
}

/** The `period` of an entry in a statement is the instant at which its period starts; that of a plan is an object. */
function partFor(field: string, part: unknown): unknown {
  if (records.has(field)) return part
  if (isInstant(part) && (isInstantField(field) || field === 'period')) return new Date(part).toISOString()
  return toWire(part)
}

/** What is wrong with a part of an HTTP body. */
export interface WireFault {
  /** The field of the body, such as `members.0.alias`. */
  readonly param: string
  readonly message: string
}

/** The result of converting a body: the library's fields, or the first fault. */
export type FromWire =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly fault: WireFault }

/** No body of the API is nested deeper. */
const deepest = 16

/** Converts a part of an HTTP body to the library's names and instants. `path` is the place of the part in the body. */
export function fromWire(value: unknown, path: readonly (string | number)[] = []): FromWire {
  if (typeof value !== 'object' || value === null) return { ok: true, value }
  if (path.length > deepest) return faultAt(path, 'the body is nested too deeply')
  if (Array.isArray(value)) {
    const list: unknown[] = []
    for (const [index, part] of value.entries()) {
      const read = fromWire(part, [...path, index])
      if (!read.ok) return read
      list.push(read.value)
    }
    return { ok: true, value: list }
  }
  const fields: Record<string, unknown> = Object.create(null)
  for (const [wire, part] of Object.entries(value)) {
    const place = [...path, wire]
    const field = fieldName(wire)
    if (field === undefined) return faultAt(place, 'there is no such field; leave it out or correct it')
    const read = records.has(field) ? { ok: true as const, value: part } : readPart(field, part, place)
    if (!read.ok) return read
    fields[field] = read.value
  }
  return { ok: true, value: fields }
}

function readPart(field: string, part: unknown, place: readonly (string | number)[]): FromWire {
  if (!isInstantField(field) || part === null) return fromWire(part, place)
  const instant = readInstant(part)
  return instant === undefined ? faultAt(place, instantExpected) : { ok: true, value: instant }
}

/** What is wrong with a string that `readInstant` does not read. */
export const instantExpected = 'expected an instant as ISO 8601 with its offset, as in 2026-01-31T09:00:00Z'

const iso = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/

/** Reads an instant that is written as ISO 8601 with its offset. */
export function readInstant(text: unknown): number | undefined {
  const day = typeof text === 'string' ? iso.exec(text)?.[1] : undefined
  // The parser reads the 31st of February as the 2nd of March.
  if (typeof text !== 'string' || day === undefined || !isDay(day)) return undefined
  const instant = Math.floor(Date.parse(text))
  return isInstant(instant) ? instant : undefined
}

function isDay(day: string): boolean {
  const instant = Date.parse(day)
  return Number.isFinite(instant) && new Date(instant).toISOString().startsWith(day)
}

function faultAt(path: readonly (string | number)[], message: string): FromWire {
  return { ok: false, fault: { param: path.join('.'), message } }
}
