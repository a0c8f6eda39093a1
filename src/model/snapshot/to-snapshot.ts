import type { AccessGroup, AccessGroupText } from '../noun/access-group.ts'
import type { ProviderAccount, ProviderAccountText } from '../noun/provider-account.ts'
import type { State } from '../state/state.ts'
import { idsOf, rowsOf, type Table } from '../table/table.ts'
import type { AccessGroupMember } from '../value/selector.ts'
import { type Snapshot, snapshotSchema } from './snapshot.ts'

/** The state as plain JSON data. `fromSnapshot` restores an equal state, and equal states have equal snapshots. */
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

/** A provider account as a snapshot stores it, with its models as a list. */
function accountText(account: ProviderAccount): ProviderAccountText {
  return { ...account, models: sortedRows(account.models) }
}

/** The members of an access group as a list: its aliases sorted by id, its patterns, then `allAliases`. */
export function membersOf(group: AccessGroup): AccessGroupMember[] {
  return [
    ...[...idsOf(group.aliases)].sort().map((alias) => ({ type: 'alias', alias }) as const),
    ...group.patterns.map((pattern) => ({ type: 'aliasPattern', pattern }) as const),
    ...(group.allAliases ? [{ type: 'allAliases' } as const] : []),
  ]
}

function groupText({ aliases, patterns, allAliases, ...rest }: AccessGroup): AccessGroupText {
  return { ...rest, members: membersOf({ aliases, patterns, allAliases, ...rest }) }
}
