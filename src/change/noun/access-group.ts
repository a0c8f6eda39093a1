import { type AccessGroup, groupMembersOf, membersOf } from '../../model/noun/access-group.ts'
import { withModels, withoutModels } from '../../model/noun/group-models.ts'
import { dropRow, putRow } from '../../model/state/put-row.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { drop, entries, findRow, getRow, hasRow, put } from '../../model/table/table.ts'
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
import { type Rejection, rejectionCodes } from '../message/rejection.ts'
import { accept, acceptAll, type Decided, eventOf, reject, unchanged } from '../rule/decided.ts'
import { withoutGroupRequests } from '../rule/pending-request.ts'
import { refuseExisting, refuseUnknown, refuseUnknownTarget } from '../rule/reference.ts'
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
  return putRow(state, 'accessGroups', {
    id: accessGroup,
    description,
    ...groupMembersOf(members),
    createdAt: at,
  })
}

/** Splits the alias members of a list by type: aliases, alias patterns, and whether `allAliases` is in the list. */
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
    draft.models = withModels(group.models, members)
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
    draft.models = withoutModels(group.models, members)
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

/** Refuses members that name an alias, a provider account or a model that does not exist. */
export function refuseUnknownMembers(members: Members, state: State): Rejection | undefined {
  let first: Rejection | undefined
  for (const [i, member] of members.entries()) {
    const refused = refuseUnknownMember(member, ['members', i], state)
    if (refused !== undefined && (first === undefined || precedes(refused, first))) first = refused
  }
  return first
}

function precedes(a: Rejection, b: Rejection): boolean {
  return rejectionCodes.indexOf(a.code) < rejectionCodes.indexOf(b.code)
}

function refuseUnknownMember(member: AccessGroupMember, path: Rejection['path'], state: State): Rejection | undefined {
  switch (member.type) {
    case 'alias':
      return refuseUnknown('modelAlias', member.alias, [...path, 'alias'], state)
    case 'model':
      return refuseUnknownTarget(member, path, state)
    case 'modelPattern':
      return refuseUnknown('providerAccount', member.providerAccount, [...path, 'providerAccount'], state)
    case 'aliasPattern':
    case 'allAliases':
      return undefined
  }
}

/**
 * Returns a function that tells in constant time whether a member is in the group. Groups and commands may have many
 * members.
 */
export function membershipIn(group: AccessGroup): (member: AccessGroupMember) => boolean {
  const patterns = new Set(group.patterns)
  const modelPatterns = new Map<string, ReadonlySet<string>>()
  for (const [account, ofAccount] of entries(group.models)) modelPatterns.set(account, new Set(ofAccount.patterns))
  return (member) => {
    switch (member.type) {
      case 'alias':
        return hasRow(group.aliases, member.alias)
      case 'aliasPattern':
        return patterns.has(member.pattern)
      case 'allAliases':
        return group.allAliases
      case 'model': {
        const ofAccount = findRow(group.models, member.providerAccount)
        return ofAccount !== undefined && hasRow(ofAccount.models, member.model)
      }
      case 'modelPattern':
        return modelPatterns.get(member.providerAccount)?.has(member.pattern) === true
    }
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
  return JSON.stringify(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
}

export function deleteAccessGroup(command: DeleteAccessGroup, state: State): Decided {
  const { accessGroup } = command
  const refused = refuseUnknown('accessGroup', accessGroup, ['accessGroup'], state)
  return refused ? reject(refused) : accept(eventOf(command, 'AccessGroupDeleted', { accessGroup }))
}

export function accessGroupDeleted(state: State, { at, accessGroup }: AccessGroupDeleted): State {
  const { accessGroupPlans, accessGroupOrganizations } = state.index
  let next = withoutGroupRequests(state, accessGroup, at)
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

/** Yields every holder (principal, membership or organization) to which an access group is assigned. */
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
