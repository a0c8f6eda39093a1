import type { AccessGroup } from '../../model/noun/access-group.ts'
import { dropRow, putRow } from '../../model/state/put-row.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { drop, getRow, hasRow, idsOf, put, tableOf } from '../../model/table/table.ts'
import type { Holder } from '../../model/value/principal.ts'
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
import { assign, changeRow, changesOf, distinct } from '../rule/row.ts'
import { withoutAssignment } from './assignment.ts'

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
  const { aliases, patterns, allAliases } = sortMembers(members)
  return putRow(state, 'accessGroups', {
    id: accessGroup,
    description,
    aliases: tableOf(aliases, new Array<true>(aliases.length).fill(true)),
    patterns,
    allAliases,
    createdAt: at,
  })
}

/** Sorts members by kind: the aliases, the patterns, and whether `allAliases` is among the members. */
function sortMembers(members: Members) {
  return {
    aliases: members.flatMap((member) => (member.type === 'alias' ? [member.alias] : [])),
    patterns: members.flatMap((member) => (member.type === 'aliasPattern' ? [member.pattern] : [])),
    allAliases: members.some((member) => member.type === 'allAliases'),
  }
}

export function updateAccessGroup(command: UpdateAccessGroup, state: State): Decided {
  const { accessGroup, description } = command
  const refused = refuseUnknown('accessGroup', accessGroup, ['accessGroup'], state)
  if (refused) return reject(refused)
  const changes = changesOf(getRow(state.accessGroups, accessGroup), { description })
  return changes ? accept(eventOf(command, 'AccessGroupUpdated', { accessGroup, ...changes })) : unchanged
}

export function accessGroupUpdated(state: State, { accessGroup, description }: AccessGroupUpdated): State {
  return changeRow(state, 'accessGroups', accessGroup, (draft) => assign(draft, { description }))
}

export function addAccessGroupMembers(command: AddAccessGroupMembers, state: State): Decided {
  const { accessGroup } = command
  const refused = refuseMembers(command, state)
  if (refused) return reject(refused)
  const group = getRow(state.accessGroups, accessGroup)
  return acceptAll(membersAdded(command, absentFrom(group, command.members)))
}

export function accessGroupMembersAdded(state: State, { accessGroup, members }: AccessGroupMembersAdded): State {
  const added = sortMembers(members)
  return changeRow(state, 'accessGroups', accessGroup, (draft, group) => {
    draft.aliases = added.aliases.reduce((table, alias) => put(table, alias, true as const), group.aliases)
    draft.patterns = [...group.patterns, ...added.patterns]
    draft.allAliases = group.allAliases || added.allAliases
  })
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
  const removed = sortMembers(members)
  const patterns = new Set(removed.patterns)
  return changeRow(state, 'accessGroups', accessGroup, (draft, group) => {
    draft.aliases = removed.aliases.reduce((table, alias) => drop(table, alias), group.aliases)
    draft.patterns = group.patterns.filter((pattern) => !patterns.has(pattern))
    draft.allAliases = group.allAliases && !removed.allAliases
  })
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

type MembersCommand = AddAccessGroupMembers | RemoveAccessGroupMembers | SetAccessGroupMembers

function* membersAdded(command: MembersCommand, members: Members): IterableIterator<Event> {
  const { accessGroup } = command
  if (members.length > 0) yield eventOf(command, 'AccessGroupMembersAdded', { accessGroup, members })
}

function* membersRemoved(command: MembersCommand, members: Members): IterableIterator<Event> {
  const { accessGroup } = command
  if (members.length > 0) yield eventOf(command, 'AccessGroupMembersRemoved', { accessGroup, members })
}

function refuseMembers({ accessGroup, members }: MembersCommand, state: State): Rejection | undefined {
  return refuseUnknownMembers(members, state) ?? refuseUnknown('accessGroup', accessGroup, ['accessGroup'], state)
}

/** Refuses the first member that names an alias that does not exist. */
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

/**
 * Returns a function that tells in constant time whether a member is in the group. Groups and commands may have many
 * members.
 */
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
  for (const holder of groupHolders(accessGroup, state)) next = withoutAssignment(next, holder, accessGroup)
  for (const id of related(accessGroupPlans, accessGroup)) {
    next = changeRow(next, 'plans', id, (draft, { accessGroups }) => {
      draft.accessGroups = accessGroups.filter((group) => group !== accessGroup)
    })
  }
  for (const id of related(accessGroupOrganizations, accessGroup)) next = withoutEntitlement(next, id, accessGroup)
  return dropRow(next, 'accessGroups', accessGroup)
}

/**
 * Returns the state with an access group removed from an organization's entitlement. An entitlement with an empty list
 * remains a list, which admits no group.
 */
function withoutEntitlement(state: State, organization: string, accessGroup: string): State {
  return changeRow(state, 'organizations', organization, (draft, { entitlement }) => {
    if (entitlement.type === 'unlimited') return
    const accessGroups = entitlement.accessGroups.filter((group) => group !== accessGroup)
    draft.entitlement = { type: 'list', accessGroups }
  })
}

/** The holders to which a group is assigned. */
function* groupHolders(id: string, { index, users }: State): IterableIterator<Holder> {
  const { accessGroupUsers, accessGroupTeams, accessGroupVirtualAccounts } = index
  for (const user of related(accessGroupUsers, id)) yield { type: 'user', id: user }
  for (const team of related(accessGroupTeams, id)) yield { type: 'team', id: team }
  for (const account of related(accessGroupVirtualAccounts, id)) yield { type: 'virtualAccount', id: account }
  for (const organization of related(index.accessGroupHolderOrganizations, id)) {
    yield { type: 'organization', id: organization }
  }
  for (const user of related(index.accessGroupMembers, id)) {
    for (const { team, accessGroups } of getRow(users, user).teams) {
      if (accessGroups.some((held) => held.accessGroup === id)) yield { type: 'member', team, user }
    }
  }
}
