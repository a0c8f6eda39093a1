import { type AccessGroup, type AccessGroupText, membersOf } from '../noun/access-group.ts'
import type { ProviderAccount, ProviderAccountText } from '../noun/provider-account.ts'
import type { Kind, Rows, State } from '../state/state.ts'
import { rowsOf, type Table } from '../table/table.ts'
import { type RowText, type Snapshot, snapshotSchema } from './snapshot.ts'

/**
 * Converts a state to plain JSON data. `fromSnapshot` restores an equal state, and equal states have equal snapshots.
 */
export function toSnapshot(state: State): Snapshot {
  return {
    ...frameOf(state),
    organizations: rowTextsOf('organizations', state),
    users: rowTextsOf('users', state),
    teams: rowTextsOf('teams', state),
    virtualAccounts: rowTextsOf('virtualAccounts', state),
    credentials: rowTextsOf('credentials', state),
    providerAccounts: rowTextsOf('providerAccounts', state),
    modelAliases: rowTextsOf('modelAliases', state),
    accessGroups: rowTextsOf('accessGroups', state),
    restrictions: rowTextsOf('restrictions', state),
    plans: rowTextsOf('plans', state),
    accessRequests: rowTextsOf('accessRequests', state),
  }
}

/** Returns the fields of a snapshot other than its rows. */
export function frameOf(state: State): Omit<Snapshot, Kind> {
  return {
    format: 'portcullis',
    schema: snapshotSchema,
    version: state.version,
    administrators: [...state.administrators],
  }
}

/** Returns the rows of one kind as a snapshot stores them, sorted by id. */
export function rowTextsOf<K extends Kind>(kind: K, state: State): RowText<K>[] {
  const rows: Rows[Kind][] = sortedRows<Rows[Kind]>(state[kind])
  if (kind === 'providerAccounts')
    return (rows as ProviderAccount[]).map(accountText) as RowText<Kind>[] as RowText<K>[]
  if (kind === 'accessGroups') return (rows as AccessGroup[]).map(groupText) as RowText<Kind>[] as RowText<K>[]
  return rows as RowText<Kind>[] as RowText<K>[]
}

function sortedRows<Row extends { readonly id: string }>(table: Table<Row>): Row[] {
  return [...rowsOf(table)].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Converts a provider account to its form in a snapshot, with its models as a list. */
function accountText(account: ProviderAccount): ProviderAccountText {
  return { ...account, models: sortedRows(account.models) }
}

function groupText({ aliases, patterns, allAliases, models, ...rest }: AccessGroup): AccessGroupText {
  return { ...rest, members: membersOf({ aliases, patterns, allAliases, models }) }
}
