import { kinds, type State } from './state.ts'

const seen = new WeakSet<object>()

/**
 * Whether a value has the tables and the index of a state. Never throws. Caches positive results by the value's
 * identity.
 */
export function isState(value: unknown): value is State {
  if (typeof value !== 'object' || value === null) return false
  return seen.has(value) || looksLikeState(value)
}

function looksLikeState(value: object): boolean {
  try {
    const { version, administrators, index } = value as Loose
    const isWhole =
      Number.isSafeInteger(version) &&
      Array.isArray(administrators) &&
      typeof index === 'object' &&
      index !== null &&
      kinds.every((kind) => isTable((value as Loose)[kind]))
    if (isWhole) seen.add(value)
    return isWhole
  } catch {
    return false
  }
}

type Loose = { readonly [Field in keyof State]?: unknown }

function isTable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'root' in value && 'size' in value
}
