import { Immer } from 'immer'
import type { Assignment, Holdings } from '../../model/noun/holding.ts'
import { membershipIn } from '../../model/noun/user.ts'
import { putRow } from '../../model/state/put-row.ts'
import type { Kind, Rows, State } from '../../model/state/state.ts'
import { findRow, getRow, type Table } from '../../model/table/table.ts'
import type { Holder, Principal } from '../../model/value/principal.ts'

/** The name of the table for each type of principal. */
const principalKinds = { user: 'users', team: 'teams', virtualAccount: 'virtualAccounts' } as const

/** The row of a user, a team or a virtual account. */
export type PrincipalRow = Rows['users'] | Rows['teams'] | Rows['virtualAccounts']

/** The row of an existing principal. */
export function principalRow(state: State, { type, id }: Principal): PrincipalRow {
  return getRow(state[principalKinds[type]] as Table<PrincipalRow>, id)
}

/** The row of a principal, or `undefined` if the principal does not exist. */
export function findPrincipalRow(state: State, { type, id }: Principal): PrincipalRow | undefined {
  return findRow(state[principalKinds[type]] as Table<PrincipalRow>, id)
}

/** A mutable draft of a row. Assign to the fields of the draft. To change a list, assign a new list. */
export type RowDraft<Row> = { -readonly [Field in keyof Row]: Row[Field] }

/**
 * Immer's `produce` without freezing, since `putRow` freezes every row. Freezing in Immer would take as long as the
 * change.
 */
const { produce } = new Immer({ autoFreeze: false })

/**
 * Returns the state with an existing row changed by `recipe`, which assigns to a draft of the row. `recipe` also gets
 * the row itself: reading a list through the draft would make a draft of the list, at several times the cost.
 */
export function changeRow<K extends Kind>(
  state: State,
  kind: K,
  id: string,
  recipe: (draft: RowDraft<Rows[K]>, row: Rows[K]) => void,
): State {
  const row = getRow(state[kind] as Table<Rows[K]>, id)
  const changed = produce(row as object, (draft) => recipe(draft as RowDraft<Rows[K]>, row))
  return putRow(state, kind, changed as Rows[K])
}

/**
 * Returns the state with the access groups or roles of an existing principal changed by `recipe`. Works like
 * `changeRow`.
 */
export function changeHoldings(
  state: State,
  { type, id }: Principal,
  recipe: (draft: RowDraft<Holdings>, row: Holdings) => void,
): State {
  return changeRow(state, principalKinds[type], id, recipe)
}

/** The access groups assigned to a holder, or `undefined` if the holder does not exist. */
export function findAssignments(state: State, holder: Holder): readonly Assignment[] | undefined {
  switch (holder.type) {
    case 'member':
      return membershipIn(findRow(state.users, holder.user)?.teams ?? [], holder.team)?.accessGroups
    case 'organization':
      return findRow(state.organizations, holder.id)?.accessGroups
    default:
      return findPrincipalRow(state, holder)?.accessGroups
  }
}

/** Replaces the access groups assigned to an existing holder by those that `change` returns. Returns the new state. */
export function changeAssignments(
  state: State,
  holder: Holder,
  change: (accessGroups: readonly Assignment[]) => readonly Assignment[],
): State {
  switch (holder.type) {
    case 'member':
      return changeRow(state, 'users', holder.user, (draft, { teams }) => {
        draft.teams = teams.map((one) =>
          one.team === holder.team ? { ...one, accessGroups: [...change(one.accessGroups)] } : one,
        )
      })
    case 'organization':
      return changeRow(state, 'organizations', holder.id, (draft, { accessGroups }) => {
        draft.accessGroups = change(accessGroups)
      })
    default:
      return changeHoldings(state, holder, (draft, { accessGroups }) => {
        draft.accessGroups = change(accessGroups)
      })
  }
}

/** An update of a row. A field that is `undefined` stays as it is, and a field that is `null` is removed. */
export type Patch<Row> = { readonly [Field in keyof Row]?: Row[Field] | null | undefined }

/** Applies an update to the draft of a row. */
export function assign<Row extends object>(draft: RowDraft<Row>, patch: Patch<Row>): void {
  for (const [field, value] of Object.entries(patch)) {
    if (value !== undefined) Object.assign(draft, { [field]: value ?? undefined })
  }
}

/** Returns only the fields of an update that differ from the row. `undefined` if no field differs. */
export function changesOf<Fields extends object>(row: object, patch: Fields): Fields | undefined {
  const changes = Object.entries(patch).filter(([field, value]) => {
    const old: unknown = (row as Record<string, unknown>)[field]
    return value !== undefined && !isSame(old, value === null ? undefined : value)
  })
  return changes.length === 0 ? undefined : (Object.fromEntries(changes) as Fields)
}

/** Whether two JSON values are equal. The order of keys does not matter. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every((key) => Object.hasOwn(b, key) && isSame(Reflect.get(a, key), Reflect.get(b, key)))
}

/** Returns the list without repeats, in the order of first appearance. Entries with equal keys are repeats. */
export function distinct<Entry>(list: readonly Entry[], keyOf: (entry: Entry) => string): readonly Entry[] {
  const seen = new Set<string>()
  return list.filter((entry) => seen.size < seen.add(keyOf(entry)).size)
}

/** The ids without repeats, in the order of first appearance. */
export function distinctIds(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)]
}
