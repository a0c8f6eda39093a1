import type { State } from '../model/state.ts'
import type { Opening } from './remedy.ts'

/** How much the way from one state to another opens. */
export function openingOf(before: State, after: State): Opening {
  return { count: 0, isAtLeast: before !== after }
}
