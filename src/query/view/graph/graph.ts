import type { Role } from '../../../model/noun/holding.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { Principal } from '../../../model/value/principal.ts'
import type { DenialReason } from '../../../policy/decision/denial.ts'
import type { InactiveReason, IneffectiveReason } from '../assignment-status.ts'

/**
 * A node of the graph. The name of a concrete model is `account/model`; the name of a membership is that of the team.
 */
export interface GraphNode {
  /**
   * The id of the node, unique in the graph: `n1`, `n2` and so on. A row has several nodes if different restrictions
   * apply.
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

/** An edge of the graph: one step of a path. An edge of type `denies` is a restriction on an alias or a model. */
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
  /** When the access that the edge gives ends or ended. */
  readonly until?: Instant
  readonly cut?: GraphCut
}

/**
 * A graph of the paths from a principal to a model. The first node is the principal. A path that gives no access has a
 * cut, which states the reason.
 */
export interface AccessGraph {
  readonly ok: true
  readonly at: Instant
  /** Whether the principal has access. Ignores credits. */
  readonly access: boolean
  /** The reason of the denial. Absent if the principal has access. */
  readonly reason?: DenialReason
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
  /** The graph stays valid until this instant, unless the state changes earlier. */
  readonly until?: Instant
  readonly version: number
}
