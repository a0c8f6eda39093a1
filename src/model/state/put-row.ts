import { drop, findRow, put } from '../table/table.ts'
import { reindex } from './link.ts'
import { shapeRow } from './shape.ts'
import type { Kind, Rows, State } from './state.ts'

/**
 * Returns the state with this row added or replaced, and freezes the row. The state's version stays the same, since the
 * version counts events, not rows.
 */
export function putRow<K extends Kind>(state: State, kind: K, row: Rows[K]): State {
  const table = state[kind] as State[Kind] & { readonly root: never }
  const before = findRow(table, row.id) as Rows[K] | undefined
  if (before === row) return state
  const after = shapeRow(kind, row)
  return {
    ...state,
    [kind]: put(table, row.id, after as never),
    index: reindex(state.index, kind, row.id, before, after),
  }
}

/** Returns the state without this row. The caller must have removed every reference to the row. */
export function dropRow(state: State, kind: Kind, id: string): State {
  const table = state[kind] as State[Kind] & { readonly root: never }
  const before = findRow(table, id) as Rows[Kind] | undefined
  if (before === undefined) return state
  return { ...state, [kind]: drop(table, id), index: reindex(state.index, kind, id, before as never, undefined) }
}
