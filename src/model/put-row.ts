import { reindex } from './link.ts'
import type { Kind, Rows, State } from './state.ts'
import { drop, find, put } from './table.ts'

/** The state with this row under its id, new or in place of the old one. The version stays: events count, not rows. */
export function putRow<K extends Kind>(state: State, kind: K, row: Rows[K]): State {
  const table = state[kind] as State[Kind] & { readonly root: never }
  const before = find(table, row.id) as Rows[K] | undefined
  if (before === row) return state
  return { ...state, [kind]: put(table, row.id, row as never), index: reindex(state.index, kind, row.id, before, row) }
}

/** The state without this row. Whoever refers to it must have been dealt with. */
export function dropRow(state: State, kind: Kind, id: string): State {
  const table = state[kind] as State[Kind] & { readonly root: never }
  const before = find(table, id) as Rows[Kind] | undefined
  if (before === undefined) return state
  return { ...state, [kind]: drop(table, id), index: reindex(state.index, kind, id, before as never, undefined) }
}
