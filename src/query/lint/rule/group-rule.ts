import { type AccessGroup, holdsAlias } from '../../../model/noun/access-group.ts'
import { findSuccessor, type ModelAlias } from '../../../model/noun/model-alias.ts'
import { hashOf } from '../../../model/table/hash.ts'
import { findRow, getRow, idsOf } from '../../../model/table/table.ts'
import { matchesPattern } from '../../../model/value/pattern.ts'
import { quote } from '../../../model/value/quote.ts'
import { order } from '../context/fix-command.ts'
import { isHeld } from '../context/held.ts'
import { isLive, isOver, type LintContext, liveMembersOf } from '../context/lint-context.ts'
import { isNameUnasked } from '../context/used.ts'
import type { Draft } from '../finding.ts'
import { findUnusedGroup } from './usage-rule.ts'

/** Groups that give nothing to anybody, and members whose time is over or coming to an end. */
export function* findInGroup(group: AccessGroup, scene: LintContext): IterableIterator<Draft> {
  const accessGroup = group.id
  const subject = { type: 'accessGroup', id: accessGroup } as const
  const name = `access group ${quote(accessGroup)}`
  const fix = [order(scene, { type: 'DeleteAccessGroup', accessGroup })]
  if (liveMembersOf(group, scene).size === 0) {
    const message = `${name} holds no model alias that can be used, delete it or give it one`
    yield { code: 'access_group_unserved', subject, message, fix }
  }
  if (!isHeld(accessGroup, scene)) {
    const message = `nobody has ${name}, now or later, and no plan brings it, delete it or assign it`
    yield { code: 'access_group_unheld', subject, message, fix }
  }
  yield* findUnusedGroup(group, scene)
  for (const id of idsOf(group.aliases)) {
    const alias = getRow(scene.state.modelAliases, id)
    if (alias.lifecycle.type !== 'active') yield* findInMember(alias, group, scene)
  }
}

function* findInMember(alias: ModelAlias, group: AccessGroup, scene: LintContext): IterableIterator<Draft> {
  const member = { type: 'alias', alias: alias.id } as const
  const subject = { type: 'accessGroupMember', accessGroup: group.id, alias: alias.id } as const
  const removal = [order(scene, { type: 'RemoveAccessGroupMembers', accessGroup: group.id, members: [member] })]
  const [name, of] = [`model alias ${quote(alias.id)}`, `access group ${quote(group.id)}`]
  if (isOver(alias, scene)) {
    const message = `${of} holds ${name}, which is retired, remove it from the group`
    yield { code: 'access_group_member_retired', subject, message, fix: removal }
    return
  }
  const draft = { code: 'access_group_member_deprecated', subject, isTried: true } as const
  const message = `${of} holds ${name}, which is deprecated`
  if (!isLive(alias, scene) || isMatched(alias.id, group) || !isHeld(group.id, scene)) {
    yield { ...draft, message: `${message} and reaches nobody by this entry, remove it from the group`, fix: removal }
  } else if (isNameUnasked(alias, scene)) {
    yield { ...draft, message: `${message} and not asked for any more, remove it from the group`, fix: removal }
  } else yield { ...draft, message: `${message}, decide when those who use it by the group have to have moved on` }
  const missing = findMissingSuccessor(alias, group, scene)
  if (missing === undefined) return
  const members = [{ type: 'alias', alias: missing } as const]
  yield {
    code: 'access_group_successor_missing',
    subject,
    message: `${message}, but not its successor ${quote(missing)}, add that for those who have to move on`,
    fix: [order(scene, { type: 'AddAccessGroupMembers', accessGroup: group.id, members })],
    isTried: true,
  }
}

function isMatched(alias: string, { patterns, allAliases }: AccessGroup): boolean {
  return allAliases || patterns.some((pattern) => matchesPattern(pattern, alias))
}

/** The first alias down the line of successors that is here to stay, if the group lacks it. */
function findMissingSuccessor(alias: ModelAlias, group: AccessGroup, scene: LintContext): string | undefined {
  let next: ModelAlias | undefined = alias
  while (next !== undefined && next.lifecycle.type !== 'active') {
    const successor = findSuccessor(next)
    next = successor === undefined ? undefined : findRow(scene.state.modelAliases, successor)
  }
  if (next === undefined || !isLive(next, scene) || holdsAlias(group, next.id, hashOf(next.id))) return undefined
  return next.id
}
