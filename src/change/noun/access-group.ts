import type { AccessGroup } from '../../model/noun/access-group.ts'
import { dropRow, putRow } from '../../model/state/put-row.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { drop, getRow, hasRow, idsOf, put, tableOf } from '../../model/table/table.ts'
import type { AccessGroupMember } from '../../model/value/selector.ts'
import type {
  AddAccessGroupMembers,
  CreateAccessGroup,
  DeleteAccessGroup,
  RemoveAccessGroupMembers,
  SetAccessGroupMembers,
  UpdateAccessGroup,
} from '../message/command/access-group.ts'
import type {
  AccessGroupCreated,
  AccessGroupDeleted,
  AccessGroupMembersAdded,
  AccessGroupMembersRemoved,
  AccessGroupUpdated,
} from '../message/event/access-group.ts'
import type { Event } from '../message/event.ts'
import type { Rejection } from '../message/rejection.ts'
import { accept, acceptAll, type Decided, eventOf, reject, unchanged } from '../rule/decided.ts'
import { refuseExisting, refuseUnknown } from '../rule/reference.ts'
import { changesOf, distinct, patched, patchPrincipal, principalRow } from '../rule/row.ts'

type Members = readonly AccessGroupMember[]

export function createAccessGroup(command: CreateAccessGroup, state: State): Decided {
  const { accessGroup, description, members } = command
  const refused =
    refuseUnknownMembers(members, state) ?? refuseExisting('accessGroup', accessGroup, ['accessGroup'], state)
  if (refused) return reject(refused)
  const fields = { accessGroup, description, members: withoutRepeats(members) }
  return accept(eventOf(command, 'AccessGroupCreated', fields))
}

export function accessGroupCreated(state: State, event: AccessGroupCreated): State {
  const { at, accessGroup, description, members } = event
  const aliases = members.flatMap((member) => (member.type === 'alias' ? [member.alias] : []))
  return putRow(state, 'accessGroups', {
    id: accessGroup,
    description,
    aliases: tableOf(aliases, new Array<true>(aliases.length).fill(true)),
    patterns: members.flatMap((member) => (member.type === 'aliasPattern' ? [member.pattern] : [])),
    allAliases: members.some((member) => member.type === 'allAliases'),
    createdAt: at,
  })
}

export function updateAccessGroup(command: UpdateAccessGroup, state: State): Decided {
  const { accessGroup, description } = command
  const refused = refuseUnknown('accessGroup', accessGroup, ['accessGroup'], state)
  if (refused) return reject(refused)
  const changes = changesOf(getRow(state.accessGroups, accessGroup), { description })
  return changes ? accept(eventOf(command, 'AccessGroupUpdated', { accessGroup, ...changes })) : unchanged
}

export function accessGroupUpdated(state: State, { accessGroup, description }: AccessGroupUpdated): State {
  return putRow(state, 'accessGroups', patched(getRow(state.accessGroups, accessGroup), { description }))
}

export function addAccessGroupMembers(command: AddAccessGroupMembers, state: State): Decided {
  const { accessGroup } = command
  const refused = refuseMembers(command, state)
  if (refused) return reject(refused)
  const group = getRow(state.accessGroups, accessGroup)
  return acceptAll(membersAdded(command, absentFrom(group, command.members)))
}

export function accessGroupMembersAdded(state: State, { accessGroup, members }: AccessGroupMembersAdded): State {
  const group = getRow(state.accessGroups, accessGroup)
  let { aliases } = group
  for (const member of members) if (member.type === 'alias') aliases = put(aliases, member.alias, true as const)
  const patterns = members.flatMap((member) => (member.type === 'aliasPattern' ? [member.pattern] : []))
  const allAliases = group.allAliases || members.some((member) => member.type === 'allAliases')
  return putRow(state, 'accessGroups', { ...group, aliases, patterns: [...group.patterns, ...patterns], allAliases })
}

export function removeAccessGroupMembers(command: RemoveAccessGroupMembers, state: State): Decided {
  const { accessGroup } = command
  const refused = refuseMembers(command, state)
  if (refused) return reject(refused)
  const group = getRow(state.accessGroups, accessGroup)
  const members = withoutRepeats(command.members).filter(membershipIn(group))
  return acceptAll(membersRemoved(command, members))
}

export function accessGroupMembersRemoved(state: State, { accessGroup, members }: AccessGroupMembersRemoved): State {
  const group = getRow(state.accessGroups, accessGroup)
  let { aliases } = group
  for (const member of members) if (member.type === 'alias') aliases = drop(aliases, member.alias)
  const removed = new Set(members.map((member) => (member.type === 'aliasPattern' ? member.pattern : undefined)))
  const patterns = group.patterns.filter((pattern) => !removed.has(pattern))
  const allAliases = group.allAliases && !members.some((member) => member.type === 'allAliases')
  return putRow(state, 'accessGroups', { ...group, aliases, patterns, allAliases })
}

export function setAccessGroupMembers(command: SetAccessGroupMembers, state: State): Decided {
  const { accessGroup, members } = command
  const refused = refuseMembers(command, state)
  if (refused) return reject(refused)
  const group = getRow(state.accessGroups, accessGroup)
  const wanted = new Set(members.map(keyOf))
  const removed = membersOf(group).filter((member) => !wanted.has(keyOf(member)))
  return acceptAll([...membersRemoved(command, removed), ...membersAdded(command, absentFrom(group, members))])
}

type OfMembers = AddAccessGroupMembers | RemoveAccessGroupMembers | SetAccessGroupMembers

function* membersAdded(command: OfMembers, members: Members): IterableIterator<Event> {
  const { accessGroup } = command
  if (members.length > 0) yield eventOf(command, 'AccessGroupMembersAdded', { accessGroup, members })
}

function* membersRemoved(command: OfMembers, members: Members): IterableIterator<Event> {
  const { accessGroup } = command
  if (members.length > 0) yield eventOf(command, 'AccessGroupMembersRemoved', { accessGroup, members })
}

function refuseMembers({ accessGroup, members }: OfMembers, state: State): Rejection | undefined {
  return refuseUnknownMembers(members, state) ?? refuseUnknown('accessGroup', accessGroup, ['accessGroup'], state)
}

/** Refuses members that name an alias that is not there. */
export function refuseUnknownMembers(members: Members, state: State): Rejection | undefined {
  for (const [i, member] of members.entries()) {
    if (member.type !== 'alias') continue
    const refused = refuseUnknown('modelAlias', member.alias, ['members', i, 'alias'], state)
    if (refused) return refused
  }
  return undefined
}

function membersOf(group: AccessGroup): Members {
  return [
    ...[...idsOf(group.aliases)].map((alias) => ({ type: 'alias', alias }) as const),
    ...group.patterns.map((pattern) => ({ type: 'aliasPattern', pattern }) as const),
    ...(group.allAliases ? [{ type: 'allAliases' } as const] : []),
  ]
}

/** Membership in a group, by hash: both it and the list in a command may be long. */
export function membershipIn(group: AccessGroup): (member: AccessGroupMember) => boolean {
  const patterns = new Set(group.patterns)
  return (member) => {
    if (member.type === 'alias') return hasRow(group.aliases, member.alias)
    return member.type === 'aliasPattern' ? patterns.has(member.pattern) : group.allAliases
  }
}

function absentFrom(group: AccessGroup, members: Members): Members {
  const isMember = membershipIn(group)
  return withoutRepeats(members).filter((member) => !isMember(member))
}

function withoutRepeats(members: Members): Members {
  return distinct(members, keyOf)
}

function keyOf(member: AccessGroupMember): string {
  return JSON.stringify(Object.values(member))
}

export function deleteAccessGroup(command: DeleteAccessGroup, state: State): Decided {
  const { accessGroup } = command
  const refused = refuseUnknown('accessGroup', accessGroup, ['accessGroup'], state)
  return refused ? reject(refused) : accept(eventOf(command, 'AccessGroupDeleted', { accessGroup }))
}

export function accessGroupDeleted(state: State, { accessGroup }: AccessGroupDeleted): State {
  const { accessGroupPlans, accessGroupOrganizations } = state.index
  let next = state
  for (const holder of holders(accessGroup, state)) {
    const accessGroups = principalRow(next, holder).accessGroups.filter((held) => held.accessGroup !== accessGroup)
    next = patchPrincipal(next, holder, { accessGroups })
  }
  for (const id of related(accessGroupPlans, accessGroup)) {
    const plan = getRow(next.plans, id)
    next = putRow(next, 'plans', { ...plan, accessGroups: plan.accessGroups.filter((group) => group !== accessGroup) })
  }
  for (const id of related(accessGroupOrganizations, accessGroup)) next = withoutEntitlement(next, id, accessGroup)
  return dropRow(next, 'accessGroups', accessGroup)
}

/** A list stays a list, however short: an entitlement that loses its last group lets nothing through. */
function withoutEntitlement(state: State, organization: string, accessGroup: string): State {
  const row = getRow(state.organizations, organization)
  if (row.entitlement.type === 'unlimited') return state
  const accessGroups = row.entitlement.accessGroups.filter((group) => group !== accessGroup)
  return putRow(state, 'organizations', { ...row, entitlement: { type: 'list', accessGroups } })
}

function* holders(id: string, state: State) {
  const { accessGroupUsers, accessGroupTeams, accessGroupVirtualAccounts } = state.index
  for (const user of related(accessGroupUsers, id)) yield { type: 'user', id: user } as const
  for (const team of related(accessGroupTeams, id)) yield { type: 'team', id: team } as const
  for (const account of related(accessGroupVirtualAccounts, id)) yield { type: 'virtualAccount', id: account } as const
}
