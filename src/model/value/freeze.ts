import { freeze as freezeWithImmer } from 'immer'

/**
 * Freezes a plain object or array in place, with all nested objects and arrays, and returns the same value. Skips
 * values that are already frozen, and instances of classes.
 */
export function freeze<T>(value: T): T {
  return freezeWithImmer(value, true)
}
