import type { AccessGroup } from './access-group.ts'
import type { Credential } from './credential.ts'
import type { ModelAlias } from './model-alias.ts'
import type { Organization } from './organization.ts'
import type { Plan } from './plan.ts'
import type { Agent } from './principal.ts'
import type { ProviderAccount } from './provider-account.ts'
import type { Restriction } from './restriction.ts'
import { emptyIndex, type Index } from './state-index.ts'
import { emptyTable, type Table } from './table.ts'
import type { Team } from './team.ts'
import type { User } from './user.ts'
import type { VirtualAccount } from './virtual-account.ts'

/** The rows of a state, by kind. */
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
}
export type Kind = keyof Rows

/** Every kind of row, each after the kinds it refers to most. */
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
] as const satisfies readonly Kind[]

/** One table for each kind of row. */
export type Tables = { readonly [K in Kind]: Table<Rows[K]> }

/** Everything the library knows, immutable. `version` counts the events that led here. */
export interface State extends Tables {
  readonly version: number
  readonly administrators: readonly Agent[]
  /** Who refers to whom: a pure function of the tables, kept beside them. */
  readonly index: Index
}

/** The state before the first event. */
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
  index: emptyIndex,
})
