import { type AccessGroup, holdsAlias } from '../../../model/noun/access-group.ts'
import { findSuccessor, type ModelAlias } from '../../../model/noun/model-alias.ts'
import { hashOf } from '../../../model/table/hash.ts'
import { findRow, getRow, idsOf } from '../../../model/table/table.ts'
import { matchesAnyPattern } from '../../../model/value/pattern-index.ts'
import { quote } from '../../../model/value/quote.ts'
import { isAssigned } from '../context/assignee.ts'
import { systemCommand } from '../context/fix-command.ts'
import { isAliasRetired, isLive, type LintContext } from '../context/lint-context.ts'
import { findMisreadPattern, isServing, type MisreadPattern } from '../context/live-model.ts'
import { isAliasUnrequested } from '../context/unused.ts'
import type { Detection } from '../finding.ts'
import { findUniversalGroup } from './universal-rule.ts'
import { findUnusedGroup } from './usage-rule.ts'

/**
 * Detects problems of one group: no available model, no assignee, no use, or members that are retired or deprecated.
 */
export function* findInGroup(group: AccessGroup, context: LintContext): IterableIterator<Detection> {
  const accessGroup = group.id
  const subject = { type: 'accessGroup', id: accessGroup } as const
  const name = `access group ${quote(accessGroup)}`
  const misread = findMisreadPattern(group, context)
  const fix = { fix: [systemCommand(context, { type: 'DeleteAccessGroup', accessGroup })] }
  // A group with a misread pattern was meant to give models: it needs another member, and is not deleted.
  const deletion = misread === undefined ? fix : undefined
  if (!isServing(group, context)) {
    const message =
      misread === undefined
        ? `${name} leads to no available model, delete it or add a member`
        : `${name} holds no model, ${adviceOn(misread)}`
    yield { code: 'access_group_unserved', subject, message, ...deletion }
  }
  if (!isAssigned(accessGroup, context)) {
    const message = `no principal and no plan has ${name}, now or later, delete it or assign it`
    yield { code: 'access_group_unheld', subject, message, ...deletion }
  }
  yield* findUnusedGroup(group, context)
  yield* findUniversalGroup(group, context)
  for (const id of idsOf(group.aliases)) {
    const alias = getRow(context.state.modelAliases, id)
    if (alias.lifecycle.type !== 'active') yield* findInMember(alias, group, context)
  }
}

function adviceOn({ type, pattern, providerAccount, modelPattern }: MisreadPattern): string {
  const instead = `the model pattern ${quote(modelPattern)} over provider account ${quote(providerAccount)}`
  const why =
    type === 'aliasPattern'
      ? 'matches names of aliases only'
      : `is compared with model names without ${quote(`${providerAccount}/`)}`
  return `because its pattern ${quote(pattern)} ${why}, replace the pattern with ${instead}`
}

function* findInMember(alias: ModelAlias, group: AccessGroup, context: LintContext): IterableIterator<Detection> {
  const member = { type: 'alias', alias: alias.id } as const
  const subject = { type: 'accessGroupMember', accessGroup: group.id, alias: alias.id } as const
  const removal = [
    systemCommand(context, { type: 'RemoveAccessGroupMembers', accessGroup: group.id, members: [member] }),
  ]
  const [name, of] = [`model alias ${quote(alias.id)}`, `access group ${quote(group.id)}`]
  if (isAliasRetired(alias, context)) {
    const message = `${of} holds ${name}, which is retired, remove it from the group`
    yield { code: 'access_group_member_retired', subject, message, fix: removal }
    return
  }
  const detection = {
    code: 'access_group_member_deprecated',
    subject,
    isSimulated: true,
  } as const satisfies Partial<Detection>
  const message = `${of} holds ${name}, which is deprecated`
  if (!isLive(alias, context) || isMatched(alias.id, group) || !isAssigned(group.id, context)) {
    yield {
      ...detection,
      message: `${message}, and this entry has no effect, remove it from the group`,
      fix: removal,
    }
  } else if (isAliasUnrequested(alias, context)) {
    yield { ...detection, message: `${message} and no longer requested, remove it from the group`, fix: removal }
  } else yield { ...detection, message: `${message}, decide when the principals that use it must have migrated` }
  const missing = findMissingSuccessor(alias, group, context)
  if (missing === undefined) return
  const members = [{ type: 'alias', alias: missing } as const]
  yield {
    code: 'access_group_successor_missing',
    subject,
    message: `${message}, but not its successor ${quote(missing)}, add the successor so that principals can migrate`,
    fix: [systemCommand(context, { type: 'AddAccessGroupMembers', accessGroup: group.id, members })],
    isSimulated: true,
  }
}

/**
 * Whether a group holds an alias by a pattern or because the group holds all aliases. Entries by name do not count.
 */
function isMatched(alias: string, { patterns, allAliases }: AccessGroup): boolean {
  return allAliases || matchesAnyPattern(patterns, alias)
}

/**
 * Returns the first active alias in an alias's chain of successors. `undefined` if the successor is not live, or if the
 * group already holds the successor.
 */
function findMissingSuccessor(alias: ModelAlias, group: AccessGroup, context: LintContext): string | undefined {
  let next: ModelAlias | undefined = alias
  while (next !== undefined && next.lifecycle.type !== 'active') {
    const successor = findSuccessor(next)
    next = successor === undefined ? undefined : findRow(context.state.modelAliases, successor)
  }
  if (next === undefined || !isLive(next, context) || holdsAlias(group, next.id, hashOf(next.id))) return undefined
  return next.id
}
