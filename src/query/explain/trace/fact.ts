import type { Role } from '../../../model/noun/holding.ts'
import type { RestrictionSubject } from '../../../model/noun/restriction.ts'
import type { TeamRole } from '../../../model/noun/user.ts'
import type { Authority } from '../../../model/value/authority.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { Issue } from '../../../model/value/issue.ts'
import type { Operation, Operations } from '../../../model/value/operation.ts'
import type { Holder, Principal } from '../../../model/value/principal.ts'
import type { Scope, Selector } from '../../../model/value/selector.ts'
import type { Window, Windows } from '../../../model/value/window.ts'
import type { Payer, Power, Route } from '../../../policy/decision/decision.ts'
import type { Thing } from '../../../policy/request/request.ts'
import type { ContextReason } from '../../../policy/route/evaluate.ts'

/** The caller of a request, without the digest of the presented credential. */
export type RequestCaller =
  | Principal
  | { readonly type: 'credential'; readonly id: string }
  | { readonly type: 'credentialDigest' }

/** The status of a row that a request names; `absent` if the row does not exist. */
export type RowStatus = 'active' | 'suspended' | 'absent'

/** `available` if a route can serve calls, or else the reason why not. */
export type Availability = 'available' | 'accountAbsent' | 'accountSuspended' | 'modelNotListed' | 'modelSuspended'

/** The outcome of a context: `routes` if a route remains, or else the step that removed the last route. */
export type ContextOutcome = 'routes' | ContextReason

/**
 * One fact behind the outcome of a guard (check), as plain data. `context` is an index into the `contexts` of the
 * explanation.
 */
export type Fact =
  | {
      readonly type: 'useRequested'
      readonly who: RequestCaller
      readonly model: string
      readonly team?: string
      readonly at: Instant
    }
  | { readonly type: 'manageRequested'; readonly who: RequestCaller; readonly thing: Thing; readonly at: Instant }
  | { readonly type: 'issue'; readonly path: Issue['path']; readonly message: string }
  | {
      readonly type: 'credential'
      readonly credential: string
      readonly owner: Principal
      readonly team?: string
      readonly expiresAt?: Instant
      readonly revokedAt?: Instant
      readonly suspendedBy?: Authority
    }
  | { readonly type: 'credentialAbsent'; readonly credential?: string }
  /**
   * A rotation has replaced the presented digest. The digest stays valid until `validUntil`, the end of the rotation
   * overlap.
   */
  | { readonly type: 'digestReplaced'; readonly credential: string; readonly validUntil: Instant }
  | {
      readonly type: 'principal'
      readonly principal: Principal
      readonly status: RowStatus
      /** Who suspended the principal. Absent if the principal is not suspended. */
      readonly suspendedBy?: Authority
    }
  | { readonly type: 'teamNotNamed' }
  /** The user's default team, which is used because the request names no team. */
  | { readonly type: 'defaultTeam'; readonly team: string }
  | {
      readonly type: 'team'
      readonly team: string
      readonly status: RowStatus
      readonly suspendedBy?: Authority
      readonly organization?: string
    }
  | {
      readonly type: 'membership'
      readonly principal: Principal
      readonly team: string
      readonly role: TeamRole | 'itself' | 'none'
    }
  | {
      readonly type: 'organization'
      readonly organization: string
      readonly status: RowStatus
      readonly suspendedBy?: Authority
      readonly entitlement: 'unlimited' | 'list' | 'none'
    }
  | {
      readonly type: 'name'
      readonly name: string
      readonly resolvesTo: 'alias' | 'model' | 'nothing'
      readonly routes: readonly Route[]
    }
  | {
      readonly type: 'lifecycle'
      readonly alias: string
      readonly lifecycle: 'active' | 'deprecated' | 'retired'
      readonly sunsetAt?: Instant
      readonly successor?: string
    }
  | { readonly type: 'context'; readonly context: number; readonly outcome: ContextOutcome }
  | {
      readonly type: 'heldGroup'
      readonly principal: Holder
      readonly accessGroup: string
      readonly plan?: string
      readonly windows: Windows
      readonly isInForce: boolean
      /** Whether the organization's entitlement includes the group. */
      readonly isEntitled: boolean
      readonly holdsModel: boolean
    }
  | {
      readonly type: 'heldRole'
      readonly principal: Holder
      readonly providerAccount: string
      readonly role: Role
      readonly windows: Windows
      readonly isInForce: boolean
      /** Whether the account has a route of the requested name, or is the account to manage. */
      readonly isRelevant: boolean
    }
  /** The number of further groups and roles that the facts omit. */
  | { readonly type: 'heldOmitted'; readonly count: number }
  | {
      readonly type: 'restriction'
      readonly restriction: string
      readonly subject: RestrictionSubject
      readonly selector: Selector
      readonly window: Window
      /** The note of the restriction, as its author wrote it. */
      readonly note?: string
    }
  | {
      readonly type: 'scope'
      readonly credential: string
      readonly scope: Scope
      readonly passesName: boolean
      readonly routes: readonly Route[]
    }
  /**
   * The operations that the credential permits. `operation` is absent if the request names no operation, as in every
   * manage request.
   */
  | {
      readonly type: 'operations'
      readonly credential: string
      readonly operations: Operations
      readonly operation?: Operation
    }
  | { readonly type: 'scopeNotAll'; readonly credential: string; readonly isAll: boolean }
  | { readonly type: 'credentialTeam'; readonly credential: string; readonly team: string; readonly named: string }
  | {
      readonly type: 'route'
      readonly route: Route
      readonly availability: Availability
      /** Who suspended the account or the model. Absent if neither is suspended. */
      readonly suspendedBy?: Authority
    }
  | { readonly type: 'payer'; readonly context: number; readonly payer: Payer }
  | { readonly type: 'creditsNotGiven' }
  /**
   * The available credits and the request's estimate, as exact decimal strings. `available` is negative if the wallet
   * is overdrawn.
   */
  | { readonly type: 'credits'; readonly available: string; readonly estimate?: string }
  | { readonly type: 'thing'; readonly thing: Thing; readonly exists: boolean }
  | { readonly type: 'power'; readonly principal: Principal; readonly power: Power | 'none'; readonly until?: Instant }
