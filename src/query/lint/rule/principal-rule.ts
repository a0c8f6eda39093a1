import type { LintContext } from '../context/lint-context.ts'
import type { LoadedPrincipal } from '../context/loaded-principal.ts'
import type { Detection } from '../finding.ts'
import { findInAssignments } from './assignment-rule.ts'
import { findInRoles } from './role-rule.ts'
import { findUnused } from './usage-rule.ts'
import { findInWallet } from './wallet-rule.ts'

/** Detects everything about one principal: its assignments, roles and wallet, and what it does not use. */
export function* findInPrincipal(loaded: LoadedPrincipal, context: LintContext): IterableIterator<Detection> {
  yield* findInAssignments(loaded, context)
  yield* findInRoles(loaded, context)
  yield* findInWallet(loaded, context)
  yield* findUnused(loaded, context)
}
