import type { Role } from '../../../model/noun/holding.ts'
import type { RestrictionSubject } from '../../../model/noun/restriction.ts'
import type { TeamRole } from '../../../model/noun/user.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { Issue } from '../../../model/value/issue.ts'
import type { Principal } from '../../../model/value/principal.ts'
import type { Scope, Selector } from '../../../model/value/selector.ts'
import type { Window, Windows } from '../../../model/value/window.ts'
import type { Payer, Power, Route } from '../../../policy/decision/decision.ts'
import type { Thing } from '../../../policy/request/request.ts'
import type { Step } from '../../../policy/route/evaluate.ts'

/** Who asks, without the digest that it may have shown. */
export type Asker =
  | Principal
  | { readonly type: 'credential'; readonly id: string }
  | { readonly type: 'credentialDigest' }

/** How a thing that a request names stands: in use, suspended, or not there at all. */
export type Standing = 'active' | 'suspended' | 'absent'

/** Why a route can serve, or why not. */
export type Availability = 'available' | 'accountAbsent' | 'accountSuspended' | 'modelNotListed' | 'modelSuspended'

/** What a context came to: routes, or the step that left none. */
export type ContextOutcome = 'routes' | Step

/** One thing that a guard of a decision rested on, as plain data. `context` counts the contexts of the explanation from 0. */
export type Fact =
  | {
      readonly type: 'useAsked'
      readonly who: Asker
      readonly model: string
      readonly team?: string
      readonly at: Instant
    }
  | { readonly type: 'manageAsked'; readonly who: Asker; readonly thing: Thing; readonly at: Instant }
  | { readonly type: 'issue'; readonly path: Issue['path']; readonly message: string }
  | {
      readonly type: 'credential'
      readonly credential: string
      readonly owner: Principal
      readonly team?: string
      readonly expiresAt?: Instant
      readonly revokedAt?: Instant
    }
  | { readonly type: 'credentialAbsent'; readonly credential?: string }
  /** The digest that was shown has been replaced by a rotation, and is good until the overlap ends. */
  | { readonly type: 'digestReplaced'; readonly credential: string; readonly goodUntil: Instant }
  | { readonly type: 'principal'; readonly principal: Principal; readonly status: Standing }
  | { readonly type: 'teamNotNamed' }
  | { readonly type: 'team'; readonly team: string; readonly status: Standing; readonly organization?: string }
  | {
      readonly type: 'membership'
      readonly principal: Principal
      readonly team: string
      readonly role: TeamRole | 'itself' | 'none'
    }
  | {
      readonly type: 'organization'
      readonly organization: string
      readonly status: Standing
      readonly entitlement: 'unlimited' | 'list' | 'none'
    }
  | {
      readonly type: 'name'
      readonly name: string
      readonly is: 'alias' | 'model' | 'nothing'
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
      readonly principal: Principal
      readonly accessGroup: string
      readonly plan?: string
      readonly windows: Windows
      readonly isInForce: boolean
      /** Whether the organization's entitlement lets it through. */
      readonly isAdmitted: boolean
      readonly holdsModel: boolean
    }
  | {
      readonly type: 'heldRole'
      readonly principal: Principal
      readonly providerAccount: string
      readonly role: Role
      readonly windows: Windows
      readonly isInForce: boolean
      /** Whether a route of the name, or the thing to be managed, is on that account. */
      readonly isRelevant: boolean
    }
  /** More groups and roles are held than are listed. */
  | { readonly type: 'heldMore'; readonly count: number }
  | {
      readonly type: 'restriction'
      readonly restriction: string
      readonly subject: RestrictionSubject
      readonly selector: Selector
      readonly window: Window
    }
  | {
      readonly type: 'scope'
      readonly credential: string
      readonly scope: Scope
      readonly passesName: boolean
      readonly routes: readonly Route[]
    }
  | { readonly type: 'scopeNotAll'; readonly credential: string; readonly isAll: boolean }
  | { readonly type: 'credentialTeam'; readonly credential: string; readonly team: string; readonly named: string }
  | { readonly type: 'route'; readonly route: Route; readonly availability: Availability }
  | { readonly type: 'payer'; readonly context: number; readonly payer: Payer }
  | { readonly type: 'moneyNotAsked' }
  /** In exact decimal text, below zero for what is overdrawn. */
  | { readonly type: 'credits'; readonly available: string; readonly estimate?: string }
  | { readonly type: 'thing'; readonly thing: Thing; readonly isThere: boolean }
  | { readonly type: 'power'; readonly principal: Principal; readonly power: Power | 'none'; readonly until?: Instant }
