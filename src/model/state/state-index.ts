import type { Relation } from '../table/relation.ts'
import { emptyTable, type Table } from '../table/table.ts'
import type { PrincipalType } from '../value/principal.ts'
import { emptyRestrictionSet, type RestrictionSet } from './restriction-set.ts'

/** Every relation of the index: `teamMembers` leads from a team to its members. */
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

/** The references of the state in reverse, so that finding the rows that refer to one costs only their number. */
export interface Index extends Readonly<Record<RelationName, Relation>> {
  /** The credential of each digest, including the replaced digests that credentials keep. */
  readonly digests: Table<string>
  readonly restrictionsOn: Readonly<Record<PrincipalType | 'organization', Table<RestrictionSet>>>
  readonly restrictionsOnEveryone: RestrictionSet
}

const noRelation: Relation = emptyTable()

/** The index of a state without rows. */
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
