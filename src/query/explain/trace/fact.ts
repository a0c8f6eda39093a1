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

/** Whether a route can serve, and if not, why. */
export type Availability = 'available' | 'accountAbsent' | 'accountSuspended' | 'modelNotListed' | 'modelSuspended'

/** The outcome of a context: `routes` if routes remain, or else the step that left no route. */
export type ContextOutcome = 'routes' | ContextReason

/** One fact that a guard is based on, as plain data. `context` is an index into the `contexts` of the explanation. */
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
  /** A rotation has replaced the presented digest. The digest stays valid until the overlap of the rotation ends. */
  | { readonly type: 'digestReplaced'; readonly credential: string; readonly validUntil: Instant }
  | {
      readonly type: 'principal'
      readonly principal: Principal
      readonly status: RowStatus
      /** The power that suspended the row; absent if the row is not suspended. */
      readonly suspendedBy?: Authority
    }
  | { readonly type: 'teamNotNamed' }
  /** The request names no team, and a user has this default team. */
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
      /** Whether the requested name has a route on the account, or the account is the thing to manage. */
      readonly isRelevant: boolean
    }
  /** The number of held groups and roles that are not listed. */
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
  /** `operation` is that of the request; absent if the request names none, as every manage request. */
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
      /** The power that suspended the account or the model; absent if neither is suspended. */
      readonly suspendedBy?: Authority
    }
  | { readonly type: 'payer'; readonly context: number; readonly payer: Payer }
  | { readonly type: 'creditsNotGiven' }
  /** Amounts of credits as exact decimal strings. `available` is negative if the wallet is overdrawn. */
  | { readonly type: 'credits'; readonly available: string; readonly estimate?: string }
  | { readonly type: 'thing'; readonly thing: Thing; readonly exists: boolean }
  | { readonly type: 'power'; readonly principal: Principal; readonly power: Power | 'none'; readonly until?: Instant }
