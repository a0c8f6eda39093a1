import type { Command } from '../../../change/message/command.ts'
import { listLimit } from '../../../change/message/envelope.ts'
import { findAssignment } from '../../../change/noun/assignment.ts'
import { principalKinds } from '../../../change/rule/row.ts'
import type { AccessGroup } from '../../../model/noun/access-group.ts'
import { membersOf } from '../../../model/snapshot/to-snapshot.ts'
import type { State } from '../../../model/state/state.ts'
import { countRelated, related } from '../../../model/table/relation.ts'
import { getRow, hasRow, idsOf, rowsOf } from '../../../model/table/table.ts'
import { AccessGroupId } from '../../../model/value/id.ts'
import type { PrincipalType } from '../../../model/value/principal.ts'
import { quote } from '../../../model/value/quote.ts'
import { endsOf, order } from '../context/fix-command.ts'
import { type LintContext, liveMembersOf, windowsAhead } from '../context/lint-context.ts'
import type { Draft } from '../finding.ts'
import { skeletonOf } from './skeleton.ts'

/** Words that say nothing of what is in a group. */
const placeholders = new Set([
  ...['access', 'all', 'asdf', 'bar', 'baz', 'copy', 'default', 'demo', 'example', 'foo', 'group', 'groups', 'list'],
  ...['misc', 'model', 'models', 'my', 'name', 'new', 'old', 'other', 'sample', 'stuff', 'temp', 'test', 'testing'],
  ...['the', 'thing', 'things', 'tmp', 'todo', 'untitled', 'various', 'x', 'xx', 'xxx'],
])

/** The names of tiers in the documents' examples. */
const tiers = new Set(['basic', 'starter', 'pro', 'professional', 'enterprise'])

const shortestName = 3
const prefix = 'tier-'

/** The most holders that a group is taken from one by one. */
const holderLimit = 1000

/** Names against the documents' conventions: be descriptive, and use consistent prefixes. That they are lowercase with hyphens is seen to by commands. */
export function* findInNames(scene: LintContext): IterableIterator<Draft> {
  const { state } = scene
  const hasPrefix = [...idsOf(state.accessGroups)].some((id) => id.startsWith(prefix) && id.length > prefix.length)
  const taken = new Set([...idsOf(state.accessGroups)].map(skeletonOf))
  const isGood = (name: string): boolean => isGoodName(name, hasPrefix, state) && !taken.has(skeletonOf(name))
  for (const group of rowsOf(state.accessGroups)) {
    const subject = { type: 'accessGroup', id: group.id } as const
    const name = `access group ${quote(group.id)}`
    if (isUnclear(group.id) && !saysAll(group)) {
      const message = `the name of ${name} does not say what it holds`
      const proposal = proposalsFor(group, scene).find(isGood)
      yield proposal === undefined
        ? { code: 'access_group_name_unclear', subject, message: `${message}, decide on a descriptive one` }
        : renamed({ code: 'access_group_name_unclear', subject, message }, group, proposal, scene)
    } else if (hasPrefix && isTierWithoutPrefix(group.id, state)) {
      const message = `${name} is a tier, but other tiers are called ${quote(`${prefix}…`)}`
      const draft = { code: 'access_group_name_inconsistent', subject, message } as const
      const proposal = `${prefix}${tierOf(group.id)}`
      yield isGood(proposal)
        ? renamed(draft, group, proposal, scene)
        : { ...draft, message: `${message}, decide on a name for it, as ${quote(proposal)} is taken` }
    }
  }
}

/** Whether a name is too short to say anything, or nothing but placeholders and numbers. */
function isUnclear(name: string): boolean {
  if (name.length < shortestName) return true
  return name.split('-').every((word) => placeholders.has(word.replace(/[0-9]+$/, '')) || /^[0-9]*$/.test(word))
}

/** Whether the name of a group of all aliases says so. */
const saysAll = ({ id, allAliases }: AccessGroup): boolean => allAliases && id.split('-').includes('all')

const tierOf = (name: string): string => name.replace(/-(tier|models|plan)$/, '')

function isTierWithoutPrefix(name: string, { plans }: State): boolean {
  if (name.startsWith(prefix)) return false
  const tier = tierOf(name)
  return tiers.has(tier) || hasRow(plans, tier) || hasRow(plans, name)
}

/** Whether a group could be called that: well formed and descriptive. */
function isGoodName(name: string, hasPrefix: boolean, state: State): boolean {
  if (!AccessGroupId.safeParse(name).success || isUnclear(name)) return false
  return !hasPrefix || !isTierWithoutPrefix(name, state)
}

/** What a group could be called: after the family of its models, or after the one account that serves them all. */
function proposalsFor(group: AccessGroup, scene: LintContext): string[] {
  if (group.allAliases) return []
  const families = new Set<string>()
  const accounts = new Set<string>()
  for (const alias of liveMembersOf(group, scene)) {
    families.add(alias.toLowerCase().split(/[^a-z]/)[0] ?? '')
    for (const { providerAccount } of getRow(scene.state.modelAliases, alias).targets) accounts.add(providerAccount)
    if (families.size > 1 && accounts.size > 1) return []
  }
  return [families, accounts].flatMap((names) => (names.size === 1 ? [...names] : [])).map((name) => `${name}-models`)
}

function renamed(draft: Draft, group: AccessGroup, name: string, scene: LintContext): Draft {
  const message = `${draft.message}, call it ${quote(name)}`
  const { accessGroupUsers, accessGroupTeams, accessGroupVirtualAccounts } = scene.state.index
  const count =
    countRelated(accessGroupUsers, group.id) +
    countRelated(accessGroupTeams, group.id) +
    countRelated(accessGroupVirtualAccounts, group.id) +
    countRelated(scene.state.index.accessGroupPlans, group.id) +
    countRelated(scene.state.index.accessGroupOrganizations, group.id)
  if (count > holderLimit) return { ...draft, message: `${message} when there is time to move its ${count} holders` }
  return { ...draft, message, fix: rename(group, name, scene) }
}

/** Makes the group anew under another name, gives it to whoever holds it, for as long, and deletes the old one. */
function rename(group: AccessGroup, accessGroup: string, scene: LintContext): Command[] {
  const { state } = scene
  const [members, ...rest] = chunksOf(membersOf(group))
  const described = group.description === undefined ? {} : { description: group.description }
  const instead = (ids: readonly string[]): string[] => ids.map((id) => (id === group.id ? accessGroup : id))
  return [
    order(scene, { type: 'CreateAccessGroup', accessGroup, ...described, members: members ?? [] }),
    ...rest.map((some) => order(scene, { type: 'AddAccessGroupMembers', accessGroup, members: some })),
    ...[...related(state.index.accessGroupOrganizations, group.id)].sort().flatMap((organization) => {
      const { entitlement } = getRow(state.organizations, organization)
      if (entitlement.type === 'unlimited') return []
      const accessGroups = instead(entitlement.accessGroups)
      return [order(scene, { type: 'UpdateOrganization', organization, entitlement: { type: 'list', accessGroups } })]
    }),
    ...[...related(state.index.accessGroupPlans, group.id)].sort().map((plan) => {
      const accessGroups = instead(getRow(state.plans, plan).accessGroups)
      return order(scene, { type: 'UpdatePlan', plan, accessGroups })
    }),
    ...(Object.keys(principalKinds) as PrincipalType[]).flatMap((type) => assignments(type, group, accessGroup, scene)),
    order(scene, { type: 'DeleteAccessGroup', accessGroup: group.id }),
  ]
}

function chunksOf<T>(list: readonly T[]): T[][] {
  const chunks: T[][] = []
  for (let i = 0; i < list.length; i += listLimit) chunks.push(list.slice(i, i + listLimit))
  return chunks
}

const relations = {
  user: 'accessGroupUsers',
  team: 'accessGroupTeams',
  virtualAccount: 'accessGroupVirtualAccounts',
} as const

function assignments(type: PrincipalType, group: AccessGroup, accessGroup: string, scene: LintContext): Command[] {
  const { state, at } = scene
  return [...related(state.index[relations[type]], group.id)].sort().flatMap((id) => {
    const principal = { type, id }
    const windows = findAssignment({ accessGroup: group.id, principal }, state)?.windows ?? []
    return windowsAhead(windows, at).map((window) =>
      order(scene, { type: 'AssignAccessGroup', accessGroup, principal, ...endsOf(window) }),
    )
  })
}
