import type { LintContext } from '../context/lint-context.ts'
import type { LoadedPrincipal } from '../context/loaded-principal.ts'
import type { Detection } from '../finding.ts'
import { findInAssignments } from './assignment-rule.ts'
import { findInRoles } from './role-rule.ts'
import { findUnused } from './usage-rule.ts'
import { findInWallet } from './wallet-rule.ts'

/**
 * Detects all problems of one principal: in its assignments, roles and wallet, and access that the principal does not
 * use.
 */
export function* findInPrincipal(loaded: LoadedPrincipal, context: LintContext): IterableIterator<Detection> {
  yield* findInAssignments(loaded, context)
  yield* findInRoles(loaded, context)
  yield* findInWallet(loaded, context)
  yield* findUnused(loaded, context)
}
