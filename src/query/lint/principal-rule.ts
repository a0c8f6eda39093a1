import { findInAssignments } from './assignment-rule.ts'
import type { Draft } from './finding.ts'
import type { Subject } from './principal-row.ts'
import { findInRoles } from './role-rule.ts'
import type { Scene } from './scene.ts'
import { findUnused } from './usage-rule.ts'
import { findInWallet } from './wallet-rule.ts'

/** Everything to be said of one principal: what it holds, its powers and its wallet. */
export function* findInPrincipal(subject: Subject, scene: Scene): IterableIterator<Draft> {
  yield* findInAssignments(subject, scene)
  yield* findInRoles(subject, scene)
  yield* findInWallet(subject, scene)
  yield* findUnused(subject, scene)
}
