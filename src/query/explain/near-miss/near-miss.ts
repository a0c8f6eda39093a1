import type { Role } from '../../../model/noun/holding.ts'
import type { RestrictionSubject } from '../../../model/noun/restriction.ts'
import type { Authority } from '../../../model/value/authority.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { Operation, Operations } from '../../../model/value/operation.ts'
import type { Holder } from '../../../model/value/principal.ts'
import type { AccessGroupMember, Selector } from '../../../model/value/selector.ts'
import type { Power, Reach, Route } from '../../../policy/decision/decision.ts'
import type { Availability } from '../trace/fact.ts'

/**
 * A group that leads to the requested model and that no holder of the contexts has, with its size. `principals` are the
 * holders for which an assignment would count.
 */
export interface UnassignedGroup {
  readonly accessGroup: string
  /** The number of aliases to which the group leads. */
  readonly aliasCount: number
  /** The number of concrete models that the group holds: named, or listed by the account and matched by a pattern. */
  readonly modelCount: number
  /** Present if the group also holds unlisted models of an account with `anyModel`. */
  readonly isOpen?: true
  readonly principals: readonly Holder[]
}

/** How an existing name differs from the requested name. */
export type NameDifference = 'case' | 'separators' | 'providerAccount' | 'spelling'

/**
 * A near miss: a fact that, if slightly different, would let a denied request get further. The list of types is closed.
 */
export type NearMiss =
  /** The assignment of a group that leads to the model has ended. */
  | {
      readonly type: 'assignmentEnded'
      readonly principal: Holder
      readonly accessGroup: string
      readonly endedAt: Instant
    }
  /** The assignment of a group that leads to the model has not begun. */
  | {
      readonly type: 'assignmentNotBegun'
      readonly principal: Holder
      readonly accessGroup: string
      readonly startsAt: Instant
    }
  /** A role on a route's account, or a manager role on the account to manage, has ended. */
  | {
      readonly type: 'roleEnded'
      readonly principal: Holder
      readonly providerAccount: string
      readonly role: Role
      readonly endedAt: Instant
    }
  | {
      readonly type: 'roleNotBegun'
      readonly principal: Holder
      readonly providerAccount: string
      readonly role: Role
      readonly startsAt: Instant
    }
  /** A holder has a group that leads to the model, but the organization is not entitled to the group. */
  | {
      readonly type: 'groupNotEntitled'
      readonly principal: Holder
      readonly accessGroup: string
      readonly organization: string
    }
  /** A holder has a group in force that lacks this member: the requested alias or concrete model. */
  | {
      readonly type: 'memberMissing'
      readonly principal: Holder
      readonly accessGroup: string
      readonly member: AccessGroupMember
    }
  /**
   * Groups that lead to the model and that no holder of the contexts has: first those that hold the fewest models.
   */
  | { readonly type: 'groupsUnassigned'; readonly total: number; readonly groups: readonly UnassignedGroup[] }
  /** Groups that lead to the model and that the organization is not entitled to; at most 10. */
  | {
      readonly type: 'groupsNotEntitled'
      readonly organization: string
      readonly total: number
      readonly accessGroups: readonly string[]
    }
  /** A team of the caller would give access if the team and its organization were active. */
  | {
      readonly type: 'teamSuspended'
      readonly team: string
      readonly organization: string
      readonly suspended: readonly ('team' | 'organization')[]
      /** The power that suspended each entry of `suspended`, in the same order. */
      readonly suspendedBy: readonly Authority[]
    }
  /** A team of the caller would give access if the request named the team. */
  | { readonly type: 'teamNotNamed'; readonly team: string }
  /** The request would get access if it named no team. */
  | { readonly type: 'teamNamed'; readonly team: string }
  /**
   * The requested alias has the name of a concrete model, `account/model`, and hides it: without the alias, the request would
   * get access to the model.
   */
  | {
      readonly type: 'modelHidden'
      readonly alias: string
      readonly route: Route
      /** The path that would give access to the model. Absent if several payers would be possible, or credits are missing. */
      readonly by?: Reach
    }
  /** The caller may use an alias that leads to the requested concrete model, or to the model that the requested alias hides. */
  | { readonly type: 'aliasOfModel'; readonly alias: string }
  | {
      readonly type: 'restrictionWins'
      readonly restriction: string
      readonly subject: RestrictionSubject
      readonly selector: Selector
      readonly until?: Instant
      /** The note of the restriction, as its author wrote it. */
      readonly note?: string
    }
  /** The credential is not for the operation of the request, or the request names no operation. */
  | {
      readonly type: 'operationMissing'
      readonly credential: string
      readonly operations: Operations
      readonly operation?: Operation
    }
  /** The credential's scope has no selector that admits the requested name or a route of the name. */
  | { readonly type: 'selectorMissing'; readonly credential: string; readonly selector: Selector }
  /** The request names a team other than the credential's team. */
  | { readonly type: 'otherTeamNamed'; readonly credential: string; readonly team: string; readonly named: string }
  | {
      readonly type: 'routeUnavailable'
      readonly route: Route
      readonly availability: Exclude<Availability, 'available'>
      /** The power that suspended the account or the model; absent if neither is suspended. */
      readonly suspendedBy?: Authority
    }
  /** The requested alias has no targets, so no route can become available. */
  | { readonly type: 'targetsMissing'; readonly alias: string }
  /**
   * The requested alias is retired. `successor` is the first alias in the chain of successors that is not retired, or
   * else the direct successor.
   */
  | {
      readonly type: 'aliasRetired'
      readonly alias: string
      readonly successor?: string
      /** Whether the caller may use the successor. */
      readonly isUsable: boolean
    }
  | {
      readonly type: 'similarName'
      readonly name: string
      readonly differsIn: NameDifference
      /** Whether the caller may use the model with the similar name. */
      readonly isUsable: boolean
    }
  /** A rotation has replaced the presented secret, and the overlap of the rotation has ended. */
  | { readonly type: 'overlapEnded'; readonly credential: string; readonly endedAt: Instant }
  /** The request names no team, so the team of the credential is used. */
  | { readonly type: 'credentialNamesTeam'; readonly credential: string; readonly team: string }
  /** The caller would have a sufficient power if the team and its organization were active. */
  | {
      readonly type: 'powerSuspended'
      readonly power: Power
      readonly team?: string
      readonly organization: string
      readonly suspended: readonly ('team' | 'organization')[]
      /** The power that suspended each entry of `suspended`, in the same order. */
      readonly suspendedBy: readonly Authority[]
    }
  /** The credential's operations are not `all`. Only a credential for all operations may manage anything. */
  | { readonly type: 'operationsNotAll'; readonly credential: string }
  /** The credential's scope is not `all`. Only a credential with the scope `all` may manage anything. */
  | { readonly type: 'scopeNotAll'; readonly credential: string }
  /** The powers that allow managing the thing; empty if the thing does not exist. */
  | { readonly type: 'sufficientPowers'; readonly powers: readonly Power[] }
