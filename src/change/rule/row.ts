import { putRow } from '../../model/state/put-row.ts'
import type { Rows, State } from '../../model/state/state.ts'
import { findRow, getRow, type Table } from '../../model/table/table.ts'
import type { Principal } from '../../model/value/principal.ts'

/** The table of each type of principal. */
export const principalKinds = { user: 'users', team: 'teams', virtualAccount: 'virtualAccounts' } as const

/** What of an update would change the row: an absent field leaves, `null` clears. Nothing when it would not. */
export function changesOf<Patch extends object>(row: object, patch: Patch): Patch | undefined {
  const changes = Object.entries(patch).filter(([key, value]) => {
    const old: unknown = (row as Record<string, unknown>)[key]
    return value !== undefined && !isSame(old, value === null ? undefined : value)
  })
  return changes.length === 0 ? undefined : (Object.fromEntries(changes) as Patch)
}

/** The row with the fields of an update: an absent field leaves, `null` clears. */
export function patched<Row extends object>(
  row: Row,
  patch: { readonly [Field in keyof Row]?: Row[Field] | null | undefined },
): Row {
  const given = Object.entries(patch).filter(([, value]) => value !== undefined)
  return { ...row, ...Object.fromEntries(given.map(([field, value]) => [field, value ?? undefined])) }
}

/** Whether two pieces of JSON are the same, whatever the order of their keys. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every((key) => Object.hasOwn(b, key) && isSame(Reflect.get(a, key), Reflect.get(b, key)))
}

/** A list without repeats, in the order of first appearance. */
export function distinct<Entry>(list: readonly Entry[], keyOf: (entry: Entry) => string): readonly Entry[] {
  const seen = new Set<string>()
  return list.filter((entry) => seen.size < seen.add(keyOf(entry)).size)
}

/** A list of ids without repeats, in the order of first appearance. */
export function distinctIds(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)]
}

/** The row of a principal that must be there. */
export function principalRow(state: State, { type, id }: Principal): PrincipalRow {
  return getRow(state[principalKinds[type]] as Table<PrincipalRow>, id)
}

/** The row of a principal, if it is there. */
export function findPrincipalRow(state: State, { type, id }: Principal): PrincipalRow | undefined {
  return findRow(state[principalKinds[type]] as Table<PrincipalRow>, id)
}

export type PrincipalRow = Rows['users'] | Rows['teams'] | Rows['virtualAccounts']

/** The state with these fields of a principal's row changed. */
export function patchPrincipal(state: State, principal: Principal, patch: Partial<PrincipalRow>): State {
  const row = { ...principalRow(state, principal), ...patch }
  return putRow(state, principalKinds[principal.type], row as Rows['users'])
}
