import type { Command } from '../../../change/message/command.ts'
import { listLimit } from '../../../change/message/envelope.ts'
import { findAssignment } from '../../../change/noun/assignment.ts'
import { type AccessGroup, membersOf } from '../../../model/noun/access-group.ts'
import type { State } from '../../../model/state/state.ts'
import { related } from '../../../model/table/relation.ts'
import { getRow, hasRow, idsOf, rowsOf } from '../../../model/table/table.ts'
import { AccessGroupId } from '../../../model/value/id.ts'
import { quote } from '../../../model/value/quote.ts'
import { endsOf } from '../../../model/value/window.ts'
import { isDenied } from '../../../policy/decision/deny.ts'
import { resolve } from '../../../policy/route/resolve.ts'
import { countReferences, holdersAssigned } from '../context/assignee.ts'
import { systemCommand } from '../context/fix-command.ts'
import { type LintContext, unexpiredWindows } from '../context/lint-context.ts'
import { liveNamesOf } from '../context/live-model.ts'
import type { Detection } from '../finding.ts'
import { skeletonOf } from './skeleton.ts'

/** Placeholder words that say nothing about the models of a group, such as `test` or `misc`. */
const placeholders = new Set([
  ...['access', 'all', 'asdf', 'bar', 'baz', 'copy', 'default', 'demo', 'example', 'foo', 'group', 'groups', 'list'],
  ...['misc', 'model', 'models', 'my', 'name', 'new', 'old', 'other', 'sample', 'stuff', 'temp', 'test', 'testing'],
  ...['the', 'thing', 'things', 'tmp', 'todo', 'untitled', 'various', 'x', 'xx', 'xxx'],
])

/** The tier names in the examples of the SaaS model-access-group guide. */
const tiers = new Set(['basic', 'starter', 'pro', 'professional', 'enterprise'])

const shortestName = 3
const prefix = 'tier-'

/** The maximum number of references that a rename moves from the old group to the new group. */
const referenceLimit = 1000

/**
 * Detects group names that break the conventions of the model-access-group guide: a name is descriptive, and prefixes
 * are consistent. Commands already reject names that are not lowercase with hyphens.
 */
export function* findInNames(context: LintContext): IterableIterator<Detection> {
  const { state } = context
  const hasPrefix = [...idsOf(state.accessGroups)].some((id) => id.startsWith(prefix) && id.length > prefix.length)
  const taken = new Set([...idsOf(state.accessGroups)].map(skeletonOf))
  const isFree = (name: string): boolean => isAcceptableName(name, hasPrefix, state) && !taken.has(skeletonOf(name))
  for (const group of rowsOf(state.accessGroups)) {
    const subject = { type: 'accessGroup', id: group.id } as const
    const name = `access group ${quote(group.id)}`
    if (isUnclear(group.id) && !isNamedAll(group)) {
      const message = `the name of ${name} does not describe its models`
      const proposal = proposalsFor(group, context).find(isFree)
      yield proposal === undefined
        ? { code: 'access_group_name_unclear', subject, message: `${message}, decide on a descriptive name` }
        : withRename({ code: 'access_group_name_unclear', subject, message }, group, proposal, context)
    } else if (hasPrefix && isTierWithoutPrefix(group.id, state)) {
      const message = `${name} is a tier, but the names of other tiers begin with ${quote(prefix)}`
      const detection = {
        code: 'access_group_name_inconsistent',
        subject,
        message,
      } as const satisfies Partial<Detection>
      const proposal = `${prefix}${tierOf(group.id)}`
      yield isFree(proposal)
        ? withRename(detection, group, proposal, context)
        : { ...detection, message: `${message}, decide on another name, because ${quote(proposal)} is taken` }
    }
  }
}

/** Splits a group name into words, at hyphens and dots. */
const wordsOf = (name: string): readonly string[] => name.split(/[-.]/)

/** Whether a name is shorter than three characters, or consists of placeholder words and numbers. */
function isUnclear(name: string): boolean {
  if (name.length < shortestName) return true
  return wordsOf(name).every((word) => placeholders.has(word.replace(/[0-9]+$/, '')) || /^[0-9]*$/.test(word))
}

/** Whether a group holds all aliases and has the word `all` in its name. */
const isNamedAll = ({ id, allAliases }: AccessGroup): boolean => allAliases && wordsOf(id).includes('all')

const tierOf = (name: string): string => name.replace(/-(tier|models|plan)$/, '')

/** Whether a group name is that of a tier or plan, but lacks the tier prefix. */
function isTierWithoutPrefix(name: string, { plans }: State): boolean {
  if (name.startsWith(prefix)) return false
  const tier = tierOf(name)
  return tiers.has(tier) || hasRow(plans, tier) || hasRow(plans, name)
}

/**
 * Whether a name follows the conventions: well formed and descriptive. If `hasPrefix`, a tier's name must also begin
 * with the tier prefix.
 */
function isAcceptableName(name: string, hasPrefix: boolean, state: State): boolean {
  if (!AccessGroupId.safeParse(name).success || isUnclear(name)) return false
  return !hasPrefix || !isTierWithoutPrefix(name, state)
}

/**
 * Proposes names for a group: the name of the family that all its models share, and the name of the provider account
 * that serves all its models. Empty if neither exists.
 */
function proposalsFor(group: AccessGroup, context: LintContext): string[] {
  if (group.allAliases) return []
  const families = new Set<string>()
  const accounts = new Set<string>()
  for (const name of liveNamesOf(group, context)) {
    const resolved = resolve(name, context.state)
    if (isDenied(resolved)) continue
    const { alias, targets } = resolved
    const model = alias === undefined ? (targets[0]?.model ?? '') : name
    families.add(model.toLowerCase().split(/[^a-z]/)[0] ?? '')
    for (const { providerAccount } of targets) accounts.add(providerAccount)
    if (families.size > 1 && accounts.size > 1) return []
  }
  return [families, accounts].flatMap((names) => (names.size === 1 ? [...names] : [])).map((name) => `${name}-models`)
}

/** Returns a detection that proposes a new name: the message names it, and the fix renames the group. */
function withRename(detection: Detection, group: AccessGroup, name: string, context: LintContext): Detection {
  const message = `${detection.message}, rename it to ${quote(name)}`
  const count = countReferences(group.id, context.state)
  if (count > referenceLimit)
    return { ...detection, message: `${message}, and move its ${count} assignments and references` }
  return { ...detection, message, fix: renameCommands(group, name, context) }
}

/**
 * Returns the commands that rename a group: create a copy under the new name, replace every reference and open
 * assignment, and delete the old group.
 */
function renameCommands(group: AccessGroup, accessGroup: string, context: LintContext): Command[] {
  const { state } = context
  const [members, ...rest] = chunksOf(membersOf(group))
  const description = group.description === undefined ? {} : { description: group.description }
  const replaceIn = (ids: readonly string[]): string[] => ids.map((id) => (id === group.id ? accessGroup : id))
  return [
    systemCommand(context, { type: 'CreateAccessGroup', accessGroup, ...description, members: members ?? [] }),
    ...rest.map((some) => systemCommand(context, { type: 'AddAccessGroupMembers', accessGroup, members: some })),
    ...[...related(state.index.accessGroupOrganizations, group.id)].sort().flatMap((organization) => {
      const { entitlement } = getRow(state.organizations, organization)
      if (entitlement.type === 'unlimited') return []
      const accessGroups = replaceIn(entitlement.accessGroups)
      return [
        systemCommand(context, {
          type: 'UpdateOrganization',
          organization,
          entitlement: { type: 'list', accessGroups },
        }),
      ]
    }),
    ...[...related(state.index.accessGroupPlans, group.id)].sort().map((plan) => {
      const accessGroups = replaceIn(getRow(state.plans, plan).accessGroups)
      return systemCommand(context, { type: 'UpdatePlan', plan, accessGroups })
    }),
    ...assignCommands(group, accessGroup, context),
    systemCommand(context, { type: 'DeleteAccessGroup', accessGroup: group.id }),
  ]
}

function chunksOf<T>(list: readonly T[]): T[][] {
  const chunks: T[][] = []
  for (let i = 0; i < list.length; i += listLimit) chunks.push(list.slice(i, i + listLimit))
  return chunks
}

/** Returns the commands that assign the renamed group to every holder of the old group. */
function assignCommands(group: AccessGroup, accessGroup: string, context: LintContext): Command[] {
  const { state, at } = context
  const holders = [...holdersAssigned(group.id, state)].map((holder) => [JSON.stringify(holder), holder] as const)
  const sorted = holders.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, holder]) => holder)
  return sorted.flatMap((principal) => {
    const windows = findAssignment({ accessGroup: group.id, principal }, state)?.windows ?? []
    return unexpiredWindows(windows, at).map((window) =>
      systemCommand(context, { type: 'AssignAccessGroup', accessGroup, principal, ...endsOf(window) }),
    )
  })
}
