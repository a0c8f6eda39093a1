import type { AccessGroup } from '../noun/access-group.ts'
import type { AccessRequest } from '../noun/access-request.ts'
import type { Credential } from '../noun/credential.ts'
import type { ModelAlias } from '../noun/model-alias.ts'
import type { Organization } from '../noun/organization.ts'
import type { Plan } from '../noun/plan.ts'
import type { ProviderAccount } from '../noun/provider-account.ts'
import type { Restriction } from '../noun/restriction.ts'
import type { Team } from '../noun/team.ts'
import type { User } from '../noun/user.ts'
import type { VirtualAccount } from '../noun/virtual-account.ts'
import { emptyTable, type Table } from '../table/table.ts'
import type { Agent } from '../value/principal.ts'
import { emptyIndex, type Index } from './state-index.ts'

/** For each kind, the type of the rows. */
export interface Rows {
  readonly organizations: Organization
  readonly users: User
  readonly teams: Team
  readonly virtualAccounts: VirtualAccount
  readonly credentials: Credential
  readonly providerAccounts: ProviderAccount
  readonly modelAliases: ModelAlias
  readonly accessGroups: AccessGroup
  readonly restrictions: Restriction
  readonly plans: Plan
  readonly accessRequests: AccessRequest
}
export type Kind = keyof Rows

/** Every kind of row, in the order in which snapshots list them. */
export const kinds = [
  'organizations',
  'users',
  'teams',
  'virtualAccounts',
  'credentials',
  'providerAccounts',
  'modelAliases',
  'accessGroups',
  'restrictions',
  'plans',
  'accessRequests',
] as const satisfies readonly Kind[]

/** One table for each kind of row. */
export type Tables = { readonly [K in Kind]: Table<Rows[K]> }

/** The maximum number of administrators. */
export const administratorLimit = 1000

/** All policy data, as an immutable value. */
export interface State extends Tables {
  /** The number of events that led to this state. */
  readonly version: number
  readonly administrators: readonly Agent[]
  /**
   * Maps each row to the rows that refer to that row. Computed from the tables alone, and updated whenever a table
   * changes.
   */
  readonly index: Index
}

/** The state before the first event: no rows, version 0. */
export const emptyState: State = Object.freeze({
  version: 0,
  administrators: Object.freeze([]),
  organizations: emptyTable<Organization>(),
  users: emptyTable<User>(),
  teams: emptyTable<Team>(),
  virtualAccounts: emptyTable<VirtualAccount>(),
  credentials: emptyTable<Credential>(),
  providerAccounts: emptyTable<ProviderAccount>(),
  modelAliases: emptyTable<ModelAlias>(),
  accessGroups: emptyTable<AccessGroup>(),
  restrictions: emptyTable<Restriction>(),
  plans: emptyTable<Plan>(),
  accessRequests: emptyTable<AccessRequest>(),
  index: emptyIndex,
})
