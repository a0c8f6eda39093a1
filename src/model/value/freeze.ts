import { freeze as freezeWithImmer } from 'immer'

/**
 * Freezes plain objects and arrays in place, with everything below them, and returns the value. Stops at a value that is
 * frozen already and at an instance of a class.
 */
export function freeze<T>(value: T): T {
  return freezeWithImmer(value, true)
}
