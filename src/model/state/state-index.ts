import type { Relation } from '../table/relation.ts'
import { emptyTable, type Table } from '../table/table.ts'
import type { PrincipalType } from '../value/principal.ts'
import { emptyRestrictionSet, type RestrictionSet } from './restriction-set.ts'

/** Every relation of the index, each named after what it leads from and what it leads to. */
export const relationNames = [
  'userCredentials',
  'teamCredentials',
  'virtualAccountCredentials',
  'teamMembers',
  'organizationTeams',
  'organizationVirtualAccounts',
  'userOrganizations',
  'virtualAccountOrganizations',
  'accessGroupUsers',
  'accessGroupTeams',
  'accessGroupVirtualAccounts',
  'accessGroupPlans',
  'accessGroupOrganizations',
  'planTeams',
  'providerAccountUsers',
  'providerAccountTeams',
  'providerAccountVirtualAccounts',
  'providerAccountAliases',
  'aliasAccessGroups',
  'aliasPredecessors',
  'aliasRestrictions',
  'providerAccountRestrictions',
] as const
export type RelationName = (typeof relationNames)[number]

/** Who refers to whom, so that a question about a row costs what its answer is long. */
export interface Index extends Readonly<Record<RelationName, Relation>> {
  /** The credential of each digest, replaced ones included while they are remembered. */
  readonly digests: Table<string>
  readonly restrictionsOn: Readonly<Record<PrincipalType | 'organization', Table<RestrictionSet>>>
  readonly restrictionsOnEveryone: RestrictionSet
}

const noRelation: Relation = emptyTable()

export const emptyIndex: Index = Object.freeze({
  ...(Object.fromEntries(relationNames.map((name) => [name, noRelation])) as Record<RelationName, Relation>),
  digests: emptyTable<string>(),
  restrictionsOn: Object.freeze({
    user: emptyTable<RestrictionSet>(),
    team: emptyTable<RestrictionSet>(),
    virtualAccount: emptyTable<RestrictionSet>(),
    organization: emptyTable<RestrictionSet>(),
  }),
  restrictionsOnEveryone: emptyRestrictionSet,
})
