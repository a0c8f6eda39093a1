import type { LintContext } from '../context/lint-context.ts'
import { type LoadedHolder, type LoadedPrincipal, loadedMembershipsOf } from '../context/loaded-principal.ts'
import type { Detection } from '../finding.ts'
import { findInAssignments } from './assignment-rule.ts'
import { findEndingAssignments, findEndingRoles } from './ending-rule.ts'
import { findInRoles } from './role-rule.ts'
import { findUnused } from './usage-rule.ts'
import { findInWallet } from './wallet-rule.ts'

/**
 * Detects all problems of one principal: in its assignments, roles and wallet, and unused access. For a user, also
 * problems in the assignments of memberships.
 */
export function* findInPrincipal(loaded: LoadedPrincipal, context: LintContext): IterableIterator<Detection> {
  yield* findInHolder(loaded, context)
  yield* findInRoles(loaded, context)
  yield* findEndingRoles(loaded, context)
  yield* findInWallet(loaded, context)
  yield* findUnused(loaded, context)
  if (loaded.type !== 'user') return
  for (const membership of loadedMembershipsOf(loaded.row, context.state)) yield* findInHolder(membership, context)
}

/** Detects the problems in the assignments of a holder: a principal, a membership or an organization. */
export function* findInHolder(loaded: LoadedHolder, context: LintContext): IterableIterator<Detection> {
  yield* findInAssignments(loaded, context)
  yield* findEndingAssignments(loaded, context)
}
