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
 * A group that leads to the requested model but that no holder in the caller's contexts has. `principals` are the
 * holders for which an assignment of the group would have an effect.
 */
export interface UnassignedGroup {
  readonly accessGroup: string
  /** The number of aliases to which the group leads. */
  readonly aliasCount: number
  /**
   * The number of concrete models that the group holds, by name or by a pattern. A pattern counts only models that the
   * account lists.
   */
  readonly modelCount: number
  /** Present if a pattern of the group also covers unlisted models: models of an account with `anyModel`. */
  readonly isOpen?: true
  readonly principals: readonly Holder[]
}

/** How an existing name differs from the requested name. */
export type NameDifference = 'case' | 'separators' | 'providerAccount' | 'spelling'

/** A fact that, if slightly different, would let a denied request get further. The list of types is closed. */
export type NearMiss =
  /** `principal` had a group that leads to the requested model. The assignment has ended. */
  | {
      readonly type: 'assignmentEnded'
      readonly principal: Holder
      readonly accessGroup: string
      readonly endedAt: Instant
    }
  /** `principal` will have a group that leads to the requested model. The assignment has not begun. */
  | {
      readonly type: 'assignmentNotBegun'
      readonly principal: Holder
      readonly accessGroup: string
      readonly startsAt: Instant
    }
  /**
   * A role of `principal` has ended. Use request: a role on a route's account. Manage request: the manager role on the
   * account to manage.
   */
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
  /** `principal` has a group that leads to the requested model, but the organization is not entitled to the group. */
  | {
      readonly type: 'groupNotEntitled'
      readonly principal: Holder
      readonly accessGroup: string
      readonly organization: string
    }
  /** `principal` has a group in force that lacks `member`: the requested alias or concrete model. */
  | {
      readonly type: 'memberMissing'
      readonly principal: Holder
      readonly accessGroup: string
      readonly member: AccessGroupMember
    }
  /**
   * Groups that lead to the requested model but that no holder in the caller's contexts has. Groups with the fewest
   * models come first.
   */
  | { readonly type: 'groupsUnassigned'; readonly total: number; readonly groups: readonly UnassignedGroup[] }
  /**
   * Groups that lead to the requested model but to which the organization is not entitled. `accessGroups` lists at most
   * 10; `total` counts all.
   */
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
      /** Who suspended each entry of `suspended`, in the same order. */
      readonly suspendedBy: readonly Authority[]
    }
  /** A team of the caller would give access if the request named the team. */
  | { readonly type: 'teamNotNamed'; readonly team: string }
  /** The request would get access without the team that the request names. */
  | { readonly type: 'teamNamed'; readonly team: string }
  /**
   * The requested alias has the name `account/model` of a concrete model and hides the model. Without the alias, the
   * request would get access to the model.
   */
  | {
      readonly type: 'modelHidden'
      readonly alias: string
      readonly route: Route
      /**
       * The path (grant) that would give access to the model. Absent if the request would then lack credits or have
       * several possible payers.
       */
      readonly by?: Reach
    }
  /**
   * The caller may use `alias` instead of the requested concrete model, or instead of the model that the requested
   * alias hides.
   */
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
  /**
   * The credential does not permit the requested operation. `operation` is absent if the request names no operation.
   */
  | {
      readonly type: 'operationMissing'
      readonly credential: string
      readonly operations: Operations
      readonly operation?: Operation
    }
  /**
   * The credential's scope admits neither the requested name nor a route of the name. `selector` is the narrowest
   * selector that would.
   */
  | { readonly type: 'selectorMissing'; readonly credential: string; readonly selector: Selector }
  /** The request names a team other than the credential's team. */
  | { readonly type: 'otherTeamNamed'; readonly credential: string; readonly team: string; readonly named: string }
  | {
      readonly type: 'routeUnavailable'
      readonly route: Route
      readonly availability: Exclude<Availability, 'available'>
      /** Who suspended the account or the model. Absent if neither is suspended. */
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
  /** The request names no team and therefore acts on behalf of the credential's team. */
  | { readonly type: 'credentialNamesTeam'; readonly credential: string; readonly team: string }
  /** The caller would have `power`, which suffices, if every entry of `suspended` were active. */
  | {
      readonly type: 'powerSuspended'
      readonly power: Power
      readonly team?: string
      readonly organization: string
      readonly suspended: readonly ('team' | 'organization')[]
      /** Who suspended each entry of `suspended`, in the same order. */
      readonly suspendedBy: readonly Authority[]
    }
  /** The credential's operations are not `all`. Only a credential for all operations may manage anything. */
  | { readonly type: 'operationsNotAll'; readonly credential: string }
  /** The credential's scope is not `all`. Only a credential with the scope `all` may manage anything. */
  | { readonly type: 'scopeNotAll'; readonly credential: string }
  /** The powers that suffice to manage the thing. Empty if the thing does not exist. */
  | { readonly type: 'sufficientPowers'; readonly powers: readonly Power[] }
