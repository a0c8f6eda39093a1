import type { LintContext } from '../context/lint-context.ts'
import type { Subject } from '../context/principal-row.ts'
import type { Draft } from '../finding.ts'
import { findInAssignments } from './assignment-rule.ts'
import { findInRoles } from './role-rule.ts'
import { findUnused } from './usage-rule.ts'
import { findInWallet } from './wallet-rule.ts'

/** Everything to be said of one principal: what it holds, its powers and its wallet. */
export function* findInPrincipal(subject: Subject, scene: LintContext): IterableIterator<Draft> {
  yield* findInAssignments(subject, scene)
  yield* findInRoles(subject, scene)
  yield* findInWallet(subject, scene)
  yield* findUnused(subject, scene)
}
