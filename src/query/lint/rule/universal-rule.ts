import type { AccessGroup } from '../../../model/noun/access-group.ts'
import type { Organization } from '../../../model/noun/organization.ts'
import { countRelated, related } from '../../../model/table/relation.ts'
import { getRow, rowsOf } from '../../../model/table/table.ts'
import { quote } from '../../../model/value/quote.ts'
import { cached } from '../../cached.ts'
import { type Breadth, isInBaseline, type LintContext, unexpiredWindows } from '../context/lint-context.ts'
import type { LoadedPrincipal } from '../context/loaded-principal.ts'
import type { Detection } from '../finding.ts'
import { effectiveGroupsOf } from './assignment-rule.ts'

/**
 * Detects an organization in which each team and virtual account has every alias by a group, now or later. Suspended
 * ones count; at least two must exist.
 */
export function* findInOrganization({ id }: Organization, context: LintContext): IterableIterator<Detection> {
  const detection = {
    code: 'access_universal',
    subject: { type: 'organization', id },
  } as const satisfies Partial<Detection>
  if (isInBaseline(detection, context)) return
  const { narrow, total } = breadthIn(id, context)
  if (narrow > 0 || total < 2) return
  yield {
    ...detection,
    message: `each of the ${total} teams and virtual accounts of organization ${quote(id)} has all model aliases, decide which of them each one needs`,
  }
}

/**
 * Detects a group of all aliases that every user has, now or later. Suspended users count; at least two users must
 * exist.
 */
export function* findUniversalGroup(group: AccessGroup, context: LintContext): IterableIterator<Detection> {
  const { state, at } = context
  const { users, index } = state
  if (!isWide(group) || users.size < 2 || countRelated(index.accessGroupUsers, group.id) < users.size) return
  for (const { accessGroups } of rowsOf(users)) {
    const windows = accessGroups.find(({ accessGroup }) => accessGroup === group.id)?.windows ?? []
    if (unexpiredWindows(windows, at).length === 0) return
  }
  yield {
    code: 'access_universal',
    subject: { type: 'accessGroup', id: group.id },
    message: `each of the ${users.size} users has all model aliases by access group ${quote(group.id)}, decide which of them each one needs`,
  }
}

/** Whether a principal is the only team or virtual account in its organization without a group of all aliases. */
export function isOnlyNarrow(loaded: Exclude<LoadedPrincipal, { type: 'user' }>, context: LintContext): boolean {
  return !hasEveryAlias(loaded, context) && breadthIn(loaded.row.organization, context).narrow === 1
}

function breadthIn(organization: string, context: LintContext): Breadth {
  return cached(context.breadths, organization, () => {
    const { teams, virtualAccounts, index } = context.state
    let [narrow, total] = [0, 0]
    const count = (loaded: LoadedPrincipal): void => {
      total += 1
      if (!hasEveryAlias(loaded, context)) narrow += 1
    }
    for (const id of related(index.organizationTeams, organization)) count({ type: 'team', row: getRow(teams, id) })
    for (const id of related(index.organizationVirtualAccounts, organization)) {
      count({ type: 'virtualAccount', row: getRow(virtualAccounts, id) })
    }
    return { narrow, total }
  })
}

function hasEveryAlias(loaded: LoadedPrincipal, context: LintContext): boolean {
  return effectiveGroupsOf(loaded, context).some(({ group }) => isWide(group))
}

/** Whether a group holds all aliases, by `allAliases` or by a pattern that matches every name. */
export function isWide({ allAliases, patterns }: AccessGroup): boolean {
  return allAliases || patterns.some((pattern) => /^\*+$/.test(pattern))
}
