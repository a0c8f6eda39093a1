import { type AccessGroup, type AccessGroupText, membersOf } from '../noun/access-group.ts'
import type { ProviderAccount, ProviderAccountText } from '../noun/provider-account.ts'
import type { State } from '../state/state.ts'
import { rowsOf, type Table } from '../table/table.ts'
import { type Snapshot, snapshotSchema } from './snapshot.ts'

/**
 * Converts a state to plain JSON data. `fromSnapshot` restores an equal state, and equal states have equal snapshots.
 */
export function toSnapshot(state: State): Snapshot {
  return {
    format: 'portcullis',
    schema: snapshotSchema,
    version: state.version,
    administrators: [...state.administrators],
    organizations: sortedRows(state.organizations),
    users: sortedRows(state.users),
    teams: sortedRows(state.teams),
    virtualAccounts: sortedRows(state.virtualAccounts),
    credentials: sortedRows(state.credentials),
    providerAccounts: sortedRows(state.providerAccounts).map(accountText),
    modelAliases: sortedRows(state.modelAliases),
    accessGroups: sortedRows(state.accessGroups).map(groupText),
    restrictions: sortedRows(state.restrictions),
    plans: sortedRows(state.plans),
  }
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
