import type { RestrictionSubject } from '../noun/restriction.ts'
import type { Relation } from '../table/relation.ts'
import { emptyTable, type Table } from '../table/table.ts'
import { emptyRestrictionSet, type RestrictionSet } from './restriction-set.ts'

/**
 * The name of every relation of the index. For example, `teamMembers` leads from a team to the members of the team, and
 * `accessGroupMembers` from an access group to the users with a membership that holds it.
 */
export const relationNames = [
  'userCredentials',
  'teamCredentials',
  'virtualAccountCredentials',
  'userIssuedCredentials',
  'virtualAccountIssuedCredentials',
  'teamMembers',
  'userInvitations',
  'organizationTeams',
  'organizationVirtualAccounts',
  'userOrganizations',
  'virtualAccountOrganizations',
  'accessGroupUsers',
  'accessGroupTeams',
  'accessGroupVirtualAccounts',
  'accessGroupMembers',
  'accessGroupHolderOrganizations',
  'accessGroupPlans',
  'accessGroupOrganizations',
  'planTeams',
  'providerAccountUsers',
  'providerAccountTeams',
  'providerAccountVirtualAccounts',
  'providerAccountAliases',
  'providerAccountAccessGroups',
  'aliasAccessGroups',
  'aliasPredecessors',
  'aliasRestrictions',
  'aliasCredentials',
  'providerAccountRestrictions',
  'providerAccountCredentials',
  'userMemberRestrictions',
  'teamMemberRestrictions',
] as const
export type RelationName = (typeof relationNames)[number]

/** The type of a subject of restrictions that has an id. */
export type RestrictedType = Exclude<RestrictionSubject['type'], 'everyone' | 'member'>

/** Maps each row of a state to the rows that refer to that row. A lookup costs only the number of rows found. */
export interface Index extends Readonly<Record<RelationName, Relation>> {
  /** For each digest, current or replaced, the id of the credential that has the digest. */
  readonly digests: Table<string>
  readonly restrictionsOn: Readonly<Record<RestrictedType, Table<RestrictionSet>>>
  /** By team, then by user: the restrictions on the user when it calls on behalf of the team. */
  readonly restrictionsOnMembers: Table<Table<RestrictionSet>>
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
    credential: emptyTable<RestrictionSet>(),
    organization: emptyTable<RestrictionSet>(),
  }),
  restrictionsOnMembers: emptyTable<Table<RestrictionSet>>(),
  restrictionsOnEveryone: emptyRestrictionSet,
})
