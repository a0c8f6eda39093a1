import type { Kind, Rows, State } from '../../model/state/state.ts'
import { rowsOf } from '../../model/table/table.ts'
import type { Window } from '../../model/value/window.ts'

/** Returns the row with this kind and id, or `undefined`. Scans every row of the kind. */
export function rowOf<K extends Kind>(state: State, kind: K, id: string): Rows[K] | undefined {
  return allRows(state, kind).find((row) => row.id === id)
}

/** Returns every row of a kind. */
export function allRows<K extends Kind>(state: State, kind: K): Rows[K][] {
  return [...rowsOf<Rows[Kind]>(state[kind])] as Rows[K][]
}

/** Whether a row exists and is not suspended. */
export function isActive(row: { readonly status: 'active' | 'suspended' } | undefined): boolean {
  return row !== undefined && row.status === 'active'
}

/** Whether an instant lies in a half-open window. */
export function holdsAt(window: Window, at: number): boolean {
  return (
    (window.startsAt === undefined || window.startsAt <= at) &&
    (window.expiresAt === undefined || at < window.expiresAt)
  )
}

/**
 * Whether a name matches a pattern. Converts the pattern to a regular expression in which every character except `*` is
 * escaped.
 */
export function matchesByExpression(pattern: string, name: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
  return new RegExp(`^(?:${escaped.join('.*')})$`, 's').test(name)
}

/** Returns the ids sorted by their UTF-16 code units. */
export function sorted(ids: readonly string[]): string[] {
  return [...ids].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}
