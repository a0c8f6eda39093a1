import { Authority } from '../value/authority.ts'
import { idLimit, isId, isPrintable } from '../value/id.ts'
import { isInstant } from '../value/instant.ts'
import { emptyList } from '../value/list.ts'

/** A parsed object before its fields are checked. */
export type Loose<T> = { readonly [K in keyof T]?: unknown }

/**
 * Reads each entry of a list with up to `limit` entries. Returns `undefined` if a value is not such a list, or if `read`
 * returns `undefined` for an entry.
 */
export function readList<T>(
  input: unknown,
  read: (entry: object) => T | undefined,
  limit: number,
): readonly T[] | undefined {
  if (!Array.isArray(input) || input.length > limit) return undefined
  if (input.length === 0) return emptyList
  const list: T[] = []
  for (let i = 0; i < input.length; i += 1) {
    const entry: unknown = input[i]
    const found = typeof entry === 'object' && entry !== null ? read(entry) : undefined
    if (found === undefined) return undefined
    list.push(found)
  }
  return list
}

/** Whether a value is the empty list. */
export function isEmptyList(input: unknown): boolean {
  return Array.isArray(input) && input.length === 0
}

/** Whether a value is exactly the object `{ type }` with the given type. */
export function isOnly(type: string, input: unknown): boolean {
  if (typeof input !== 'object' || input === null) return false
  for (const key in input) if (key !== 'type') return false
  return (input as { readonly type?: unknown }).type === type
}

/** Whether an object has no other keys than these. */
export function hasOnly(input: object, keys: ReadonlySet<string>): boolean {
  for (const key in input) if (!keys.has(key)) return false
  return true
}

/** Whether a value is an id. */
export function isIdText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= idLimit && isId(value)
}

/** Whether a value is the id of a provider account. */
export function isAccountId(value: unknown): value is string {
  return isIdText(value) && !value.includes('/')
}

/** Whether a value is an id or absent. */
export function isOptionalId(value: unknown): value is string | undefined {
  return value === undefined || isIdText(value)
}

/** Whether a value is a label or absent. */
export function isOptionalLabel(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value.length <= 1024 && isPrintable(value))
}

/** Whether a value is a version, counted from 0. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0)
}

/** Whether a value is an instant or absent. */
export function isOptionalInstant(value: unknown): value is number | undefined {
  return value === undefined || isInstant(value)
}

const authorities: ReadonlySet<unknown> = new Set(Authority.options)

/** Whether a value is the author of a suspension or absent. */
export function isOptionalAuthority(value: unknown): value is Authority | undefined {
  return value === undefined || authorities.has(value)
}

/** Whether a value is the status of a row. */
export function isStatus(value: unknown): value is 'active' | 'suspended' {
  return value === 'active' || value === 'suspended'
}
