import type { Command } from '../../../change/message/command.ts'
import type { RestrictionSubject } from '../../../model/noun/restriction.ts'
import type { State } from '../../../model/state/state.ts'
import { countRelated, related } from '../../../model/table/relation.ts'
import { findRow, idsOf } from '../../../model/table/table.ts'
import type { AccessGroupMember, Selector } from '../../../model/value/selector.ts'
import { holdersOfGroup } from '../../holder.ts'

type CommandOf<T extends Command['type']> = Extract<Command, { readonly type: T }>
type Estimates = { readonly [T in Command['type']]?: (command: CommandOf<T>, state: State) => number }

/**
 * Estimates the breadth of a command: the number of subjects that the command affects, times the number of names.
 * Comparing everything that the command changes costs about this much.
 */
export function breadthOf<T extends Command['type']>(command: CommandOf<T>, state: State): number {
  const estimate: ((command: CommandOf<T>, state: State) => number) | undefined = estimates[command.type as T]
  return estimate === undefined ? 1 : estimate(command, state)
}

/** Returns the number of all principals, as the estimate for a command whose subjects are not counted. */
const everyone = (_command: unknown, state: State): number => below({ type: 'everyone' }, state)

const estimates: Estimates = {
  AssignAccessGroup: ({ principal, accessGroup }, state) => below(principal, state) * namesOfGroup(accessGroup, state),
  AddAccessGroupMembers: ({ accessGroup, members }, state) =>
    members.reduce((sum, member) => sum + namesOfMember(member, state), 0) * holdersOf(accessGroup, state),
  UpdateOrganization: ({ organization, entitlement }, state) => {
    const added = entitlement?.type === 'list' ? (entitlement.accessGroups.at(-1) ?? '') : ''
    return below({ type: 'organization', id: organization }, state) * namesOfGroup(added, state)
  },
  GrantRole: ({ principal, providerAccount }, state) =>
    below(principal, state) * namesOfAccount(providerAccount, state),
  DeleteRestriction: ({ restriction }, state) => {
    const row = findRow(state.restrictions, restriction)
    return row === undefined ? 0 : below(row.subject, state) * namesOfSelector(row.selector, state)
  },
  ActivateTeam: ({ team }, state) => below({ type: 'team', id: team }, state) * someNames(state),
  ActivateOrganization: ({ organization }, state) =>
    below({ type: 'organization', id: organization }, state) * someNames(state),
  ActivateProviderAccount: everyone,
  ActivateModel: everyone,
  AddModels: everyone,
  ActivateModelAlias: everyone,
  CreateModelAlias: everyone,
  AddAdministrator: everyone,
  AddOrganizationAdmin: ({ organization }, { index }) =>
    countRelated(index.organizationTeams, organization) + countRelated(index.organizationVirtualAccounts, organization),
}

/**
 * The number of principals that a restriction subject covers. A team covers itself and its members. An organization
 * covers its teams with their members, and its virtual accounts. `everyone` covers all principals. Any other subject
 * covers 1.
 */
function below(subject: RestrictionSubject, { users, teams, virtualAccounts, index }: State): number {
  switch (subject.type) {
    case 'everyone':
      return users.size + teams.size + virtualAccounts.size
    case 'organization':
      return (
        countMembers(related(index.organizationTeams, subject.id), index.teamMembers) +
        countRelated(index.organizationVirtualAccounts, subject.id)
      )
    case 'team':
      return 1 + countRelated(index.teamMembers, subject.id)
    default:
      return 1
  }
}

/** The maximum number of teams that are counted with their members. Further teams are not counted. */
const teamLimit = 1_000

function countMembers(teams: Iterable<string>, members: State['index']['teamMembers']): number {
  let [count, seen] = [0, 0]
  for (const team of teams) {
    count += 1 + countRelated(members, team)
    seen += 1
    if (seen === teamLimit) break
  }
  return count
}

function holdersOf(accessGroup: string, state: State): number {
  const { accessGroupUsers, accessGroupVirtualAccounts, teamMembers } = state.index
  const teams = holdersOfGroup(accessGroup, state).team()
  const alone = countRelated(accessGroupUsers, accessGroup) + countRelated(accessGroupVirtualAccounts, accessGroup)
  return alone + countMembers(teams, teamMembers)
}

function namesOfGroup(accessGroup: string, state: State): number {
  const group = findRow(state.accessGroups, accessGroup)
  if (group === undefined) return 0
  const isBroad = group.allAliases || group.patterns.length > 0
  let count = isBroad ? state.modelAliases.size : group.aliases.size
  for (const account of idsOf(group.models)) count += namesOfAccount(account, state)
  return count
}

/**
 * Estimates the number of names to which a group member leads. A model or model pattern counts as all names on the
 * account; any other pattern counts as all aliases.
 */
function namesOfMember(member: AccessGroupMember, state: State): number {
  if (member.type === 'alias') return 1
  return 'providerAccount' in member ? namesOfAccount(member.providerAccount, state) : state.modelAliases.size
}

function namesOfAccount(providerAccount: string, { providerAccounts, index }: State): number {
  const models = findRow(providerAccounts, providerAccount)?.models.size ?? 0
  return models + countRelated(index.providerAccountAliases, providerAccount)
}

function namesOfSelector(selector: Selector, state: State): number {
  return selector.type === 'alias' || selector.type === 'model' ? 1 : someNames(state)
}

/** Returns a rough number of names per subject, at most 100. Used for commands whose names are not counted. */
const someNames = ({ modelAliases }: State): number => Math.min(modelAliases.size, 100)
