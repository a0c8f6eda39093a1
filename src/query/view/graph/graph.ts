import type { Role } from '../../../model/noun/holding.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { Principal } from '../../../model/value/principal.ts'
import type { DenialReason } from '../../../policy/decision/denial.ts'
import type { Inactive, Withheld } from '../assignment-status.ts'

/** A thing on the way from a principal to a model. A concrete model is named `account/model`. */
export interface GraphNode {
  /** `n1`, `n2` and so on: good within one graph. One thing may stand in a graph twice, where restrictions differ. */
  readonly id: string
  readonly type: Principal['type'] | 'plan' | 'accessGroup' | 'alias' | 'model' | 'providerAccount' | 'restriction'
  readonly name: string
}

/** Why nothing passes along an edge. */
export interface GraphCut {
  readonly reason: Inactive | Withheld | 'team_suspended' | 'model_retired' | 'model_restricted' | 'model_unavailable'
  readonly restrictions?: readonly string[]
}

/** One step on the way, or a restriction that stands against one. */
export interface GraphEdge {
  readonly from: string
  readonly to: string
  readonly type: 'member' | 'plan' | 'assigned' | 'brings' | 'holds' | 'role' | 'target' | 'servedBy' | 'denies'
  readonly role?: Role
  readonly startsAt?: Instant
  /** When it ends, or ended. */
  readonly until?: Instant
  readonly cut?: GraphCut
}

/** How a principal comes to a model, and what stands in between. The first node is the principal. */
export interface AccessGraph {
  readonly ok: true
  readonly at: Instant
  /** Whether there is access, money aside. */
  readonly access: boolean
  /** The reason of the denial, if there is none. */
  readonly reason?: DenialReason
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
  /** Before this instant, time alone does not change the graph. */
  readonly until?: Instant
  readonly version: number
}
