import type { Credential } from '../../../model/noun/credential.ts'
import { findSuccessor, type ModelAlias } from '../../../model/noun/model-alias.ts'
import { findRow } from '../../../model/table/table.ts'
import type { Instant } from '../../../model/value/instant.ts'
import { quote } from '../../../model/value/quote.ts'
import type { Window } from '../../../model/value/window.ts'
import { identifyCaller } from '../../../policy/context/caller.ts'
import { isDenied } from '../../../policy/decision/deny.ts'
import { evaluationTimeOf } from '../../../policy/evaluation-time.ts'
import { isoOf } from '../../phrase.ts'
import { isContained, isLive, type LintContext } from '../context/lint-context.ts'
import { isServing } from '../context/live-model.ts'
import {
  holderOf,
  isActive,
  type LoadedHolder,
  type LoadedPrincipal,
  phraseOf,
  principalOf,
} from '../context/loaded-principal.ts'
import type { Detection } from '../finding.ts'
import { effectiveGroupsOf } from './assignment-rule.ts'

/**
 * Detects assignments in force of an active holder that end soon. An assignment does not count if other groups of the
 * holder give the same models without a gap.
 */
export function* findEndingAssignments(loaded: LoadedHolder, context: LintContext): IterableIterator<Detection> {
  const { at, state } = context
  if (loaded.row.accessGroups.length === 0 || !isActive(loaded, state)) return
  const effective = effectiveGroupsOf(loaded, context)
  for (const { group, windows, plan, from } of effective) {
    if (plan !== undefined || from !== undefined || !isServing(group, context)) continue
    const end = endOfAccess(windows, at)
    if (!isEnding(end, context)) continue
    // A cheap test first: most groups end no later, and a principal may have thousands of groups.
    const same = effective.filter(
      (other) =>
        other.windows.some(({ expiresAt }) => (expiresAt ?? Infinity) > end) &&
        isContained(group, other.group, context),
    )
    const united = [...windows, ...same.flatMap((other) => other.windows)]
    if (!isEnding(endOfAccess(united, at), context)) continue
    const principal = holderOf(loaded)
    yield {
      code: 'assignment_ending',
      subject: { type: 'assignment', principal, accessGroup: group.id },
      message: `the assignment of access group ${quote(group.id)} to ${phraseOf(principal)} ends at ${isoOf(end)}, extend it if the access is still needed`,
    }
  }
}

/**
 * Detects provider accounts on which an active principal soon loses a role in force. Losing a user role does not count
 * while a manager role continues.
 */
export function* findEndingRoles(loaded: LoadedPrincipal, context: LintContext): IterableIterator<Detection> {
  const { at, state } = context
  const { roleGrants } = loaded.row
  if (roleGrants.length === 0 || !isActive(loaded, state)) return
  for (const providerAccount of new Set(roleGrants.map((grant) => grant.providerAccount))) {
    if (findRow(state.providerAccounts, providerAccount)?.status !== 'active') continue
    const grants = roleGrants.filter((grant) => grant.providerAccount === providerAccount)
    const managing = grants.filter(({ role }) => role === 'manager').flatMap(({ windows }) => windows)
    const using = grants.flatMap(({ windows }) => windows)
    const [manager, user] = [endOfAccess(managing, at), endOfAccess(using, at)]
    const isManager = isEnding(manager, context)
    if (!isManager && !isEnding(user, context)) continue
    const principal = principalOf(loaded)
    const [role, end] = isManager ? ['manager', manager] : ['user', user]
    yield {
      code: 'role_ending',
      subject: { type: 'roleGrant', principal, providerAccount },
      message: `the ${role} role of ${phraseOf(principal)} on provider account ${quote(providerAccount)} ends at ${isoOf(end)}, extend it if the role is still needed`,
    }
  }
}

/** Detects a credential that expires soon but is usable now. */
export function* findExpiringCredential(
  { id, owner, expiresAt }: Credential,
  context: LintContext,
): IterableIterator<Detection> {
  const { at, state } = context
  if (expiresAt === undefined || !isEnding(expiresAt, context)) return
  if (isDenied(identifyCaller({ who: { type: 'credential', id }, operation: 'any' }, state, evaluationTimeOf(at))))
    return
  yield {
    code: 'credential_expiring',
    subject: { type: 'credential', id },
    message: `credential ${quote(id)} of ${phraseOf(owner)} expires at ${isoOf(expiresAt)}, extend it or issue another one`,
  }
}

/** Detects a live alias whose sunset is soon. */
export function* findRetiringAlias(alias: ModelAlias, context: LintContext): IterableIterator<Detection> {
  const { lifecycle } = alias
  if (lifecycle.type !== 'deprecated' || !isEnding(lifecycle.sunsetAt, context) || !isLive(alias, context)) return
  const successor = findSuccessor(alias)
  const advice = successor === undefined ? 'name a successor or move its sunset' : `migrate to ${quote(successor)}`
  yield {
    code: 'model_alias_retiring',
    subject: { type: 'modelAlias', id: alias.id },
    message: `model alias ${quote(alias.id)} is retired at ${isoOf(lifecycle.sunsetAt)}, ${advice} before that`,
  }
}

/** Whether an instant is in the future of the lint, but within the days that lint looks ahead. */
function isEnding(end: Instant, { at, endingBefore }: LintContext): boolean {
  return end > at && end <= endingBefore
}

/**
 * Returns when access by the windows ends: the first instant from `at` on that no window covers. Returns infinity if
 * the access never ends.
 */
function endOfAccess(windows: readonly Window[], at: Instant): number {
  let end: number = at
  for (;;) {
    const next = Math.max(
      ...windows
        .filter(({ startsAt = at }) => startsAt <= end)
        .map(({ expiresAt = Number.POSITIVE_INFINITY }) => expiresAt),
    )
    if (next <= end) return end
    end = next
  }
}
