import type { RestrictionSubject } from '../noun/restriction.ts'
import type { Relation } from '../table/relation.ts'
import { emptyTable, type Table } from '../table/table.ts'
import { emptyRestrictionSet, type RestrictionSet } from './restriction-set.ts'

/**
 * The name of every relation of the index. For example, `teamMembers` maps a team to the members of the team.
 * `teamTokens` maps a team to the personal access tokens that act for the team.
 * `accessGroupMembers` maps an access group to the users with a membership that holds the group.
 * `userAccessRequests` maps a user to the access requests that it made. The other relations of access requests list pending
 * ones only. `pendingAccessRequests` maps an organization to the requests of its memberships and virtual accounts, and `''`,
 * which is not an id, to the requests for users.
 */
export const relationNames = [
  'userCredentials',
  'teamCredentials',
  'virtualAccountCredentials',
  'teamTokens',
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
  'planCreditedTeams',
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
  'userAccessRequests',
  'teamAccessRequests',
  'virtualAccountAccessRequests',
  'accessGroupAccessRequests',
  'pendingAccessRequests',
] as const
export type RelationName = (typeof relationNames)[number]

/** A type of restriction subject that one id identifies: any type except `everyone` and `member`. */
type RestrictedType = Exclude<RestrictionSubject['type'], 'everyone' | 'member'>

/** Maps each row of a state to the rows that refer to that row. A lookup costs only the number of rows found. */
export interface Index extends Readonly<Record<RelationName, Relation>> {
  /** Maps each digest of a credential, current or replaced, to the credential's id. */
  readonly digests: Table<string>
  readonly restrictionsOn: Readonly<Record<RestrictedType, Table<RestrictionSet>>>
  /** The restrictions on users when they call on behalf of a team: by team, then by user. */
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
