import type { Role } from '../../../model/noun/holding.ts'
import type { RestrictionSubject } from '../../../model/noun/restriction.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { Principal } from '../../../model/value/principal.ts'
import type { Selector } from '../../../model/value/selector.ts'
import type { Power, Route } from '../../../policy/decision/decision.ts'
import type { Availability } from '../trace/fact.ts'

/** A group that holds the alias, how many aliases it opens, and to whom it could be assigned so that it counts. */
export interface UnassignedGroup {
  readonly accessGroup: string
  readonly aliasCount: number
  readonly principals: readonly Principal[]
}

/** What a name differs in from the one that was asked for. */
export type Likeness = 'case' | 'separators' | 'providerAccount' | 'spelling'

/** Something that would have let the request come further, had it been a little different. The list is closed. */
export type NearMiss =
  /** A group that holds the alias was assigned until this instant. */
  | {
      readonly type: 'assignmentEnded'
      readonly principal: Principal
      readonly accessGroup: string
      readonly endedAt: Instant
    }
  /** A group that holds the alias is assigned from this instant on. */
  | {
      readonly type: 'assignmentNotBegun'
      readonly principal: Principal
      readonly accessGroup: string
      readonly startsAt: Instant
    }
  /** A role on a route's account, or a manager's on the account to be managed, was granted until this instant. */
  | {
      readonly type: 'roleEnded'
      readonly principal: Principal
      readonly providerAccount: string
      readonly role: Role
      readonly endedAt: Instant
    }
  | {
      readonly type: 'roleNotBegun'
      readonly principal: Principal
      readonly providerAccount: string
      readonly role: Role
      readonly startsAt: Instant
    }
  /** A group that holds the alias is held, and its organization is not entitled to it. */
  | {
      readonly type: 'groupNotEntitled'
      readonly principal: Principal
      readonly accessGroup: string
      readonly organization: string
    }
  /** A group is held that would do, had it the alias as a member. */
  | {
      readonly type: 'memberMissing'
      readonly principal: Principal
      readonly accessGroup: string
      readonly alias: string
    }
  /** Groups that hold the alias and that nobody of the caller's contexts has, those that open least first. */
  | { readonly type: 'groupsUnassigned'; readonly total: number; readonly groups: readonly UnassignedGroup[] }
  /** Groups that hold the alias and that nobody has, since the organization is not entitled to them; ten at most. */
  | {
      readonly type: 'groupsNotEntitled'
      readonly organization: string
      readonly total: number
      readonly accessGroups: readonly string[]
    }
  /** A team of the caller's would give it, were the team and its organization not suspended. */
  | {
      readonly type: 'teamSuspended'
      readonly team: string
      readonly organization: string
      readonly suspended: readonly ('team' | 'organization')[]
    }
  /** A team of the caller's would give it, were it named. */
  | { readonly type: 'teamNotNamed'; readonly team: string }
  /** The caller would be given it, were no team named. */
  | { readonly type: 'teamNamed'; readonly team: string }
  /** The caller has an alias that leads to the concrete model that it asked for. */
  | { readonly type: 'aliasOfModel'; readonly alias: string }
  | {
      readonly type: 'restrictionWins'
      readonly restriction: string
      readonly subject: RestrictionSubject
      readonly selector: Selector
      readonly until?: Instant
    }
  /** The scope lacks a selector that passes the name or a route. */
  | { readonly type: 'selectorMissing'; readonly credential: string; readonly selector: Selector }
  /** The credential acts for one team, and the request names another. */
  | { readonly type: 'otherTeamNamed'; readonly credential: string; readonly team: string; readonly named: string }
  | { readonly type: 'routeUnavailable'; readonly route: Route; readonly why: Exclude<Availability, 'available'> }
  /** The successor is the first that is not retired itself, where there is such a one. */
  | {
      readonly type: 'aliasRetired'
      readonly alias: string
      readonly successor?: string
      readonly hasSuccessor: boolean
    }
  | {
      readonly type: 'nameAlike'
      readonly name: string
      readonly differsIn: Likeness
      /** Whether the caller has the model of that name. */
      readonly isUsable: boolean
    }
  /** The secret that was shown was replaced, and the overlap of the rotation has ended. */
  | { readonly type: 'overlapEnded'; readonly credential: string; readonly endedAt: Instant }
  /** It is the credential, not the request, that names the team. */
  | { readonly type: 'credentialNamesTeam'; readonly credential: string; readonly team: string }
  /** A suspended team, or one whose organization is, has what would do. */
  | {
      readonly type: 'powerSuspended'
      readonly power: Power
      readonly team?: string
      readonly organization: string
      readonly suspended: readonly ('team' | 'organization')[]
    }
  /** Only a credential with the scope `all` manages anything. */
  | { readonly type: 'scopeNotAll'; readonly credential: string }
  /** What would give the power; nothing does for a thing that is not there. */
  | { readonly type: 'powersThatWouldDo'; readonly powers: readonly Power[] }
