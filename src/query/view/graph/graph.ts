import type { Role } from '../../../model/noun/holding.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { Principal } from '../../../model/value/principal.ts'
import type { DenialReason } from '../../../policy/decision/denial.ts'
import type { InactiveReason, IneffectiveReason } from '../assignment-status.ts'

/**
 * A node on the paths from a principal to a model. A concrete model is named `account/model`, and a user's membership by its
 * team.
 */
export interface GraphNode {
  /**
   * The id of the node: `n1`, `n2` and so on, unique in one graph. A row can have several nodes, if different
   * restrictions apply to each node.
   */
  readonly id: string
  readonly type:
    | Principal['type']
    | 'membership'
    | 'organization'
    | 'plan'
    | 'accessGroup'
    | 'alias'
    | 'model'
    | 'providerAccount'
    | 'restriction'
  readonly name: string
}

/** The reason why an edge gives no access. */
export interface GraphCut {
  readonly reason:
    | InactiveReason
    | IneffectiveReason
    | 'team_suspended'
    | 'model_retired'
    | 'model_restricted'
    | 'model_unavailable'
  readonly restrictions?: readonly string[]
}

/** An edge of the graph: one step of a path, or a restriction that denies an alias or a model. */
export interface GraphEdge {
  readonly from: string
  readonly to: string
  readonly type:
    | 'member'
    | 'partOf'
    | 'plan'
    | 'assigned'
    | 'brings'
    | 'holds'
    | 'role'
    | 'target'
    | 'servedBy'
    | 'denies'
  readonly role?: Role
  readonly startsAt?: Instant
  /** When access along the edge ends or ended. */
  readonly until?: Instant
  readonly cut?: GraphCut
}

/**
 * The paths from a principal to a model. A path that gives no access has a cut, which states the reason. The first node
 * is the principal.
 */
export interface AccessGraph {
  readonly ok: true
  readonly at: Instant
  /** Whether the principal has access, leaving credits aside. */
  readonly access: boolean
  /** Why the principal is denied; absent if the principal has access. */
  readonly reason?: DenialReason
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
  /** Until this instant, the graph stays valid unless the state changes. */
  readonly until?: Instant
  readonly version: number
}
