import type { Command } from '../../../change/message/command.ts'
import { quote } from '../../../model/value/quote.ts'
import {
  describeMember,
  describeOperations,
  describeScope,
  describeSelector,
  isoOf,
  listOf,
  nameOf,
  powerNames,
  routeOf,
} from '../../phrase.ts'
import type { AccessGain, CheckedRemedy, Issuer } from '../remedy/remedy.ts'
import type { RequestChange } from '../trace/what-if.ts'

/**
 * Formats a remedy on one line for operators: its commands, the extra access that the commands grant, and who may issue
 * the commands or request them.
 */
export function describeRemedy({ commands, request, extraAccess, issuers, requester }: CheckedRemedy): string {
  const actions = [...(request === undefined ? [] : [describeChange(request)]), ...commands.map(describeCommand)]
  if (commands.length === 0) return actions.join(', then ')
  const asked = requester === undefined ? '' : `; user ${quote(requester)} can request it`
  return `${actions.join(', then ')}; ${describeGain(extraAccess)}; ${describeIssuers(issuers)}${asked}`
}

function describeChange({ model, team, operation }: RequestChange): string {
  const parts = [
    ...(model === undefined ? [] : [`request ${quote(model)}`]),
    ...(team === undefined ? [] : [team === null ? 'name no team' : `name team ${quote(team)}`]),
    ...(operation === undefined ? [] : [`name operation ${quote(operation)}`]),
  ]
  return parts.join(' and ')
}

function describeGain({ count, isLowerBound }: AccessGain): string {
  if (isLowerBound) return count === 0 ? 'may grant more' : `grants at least ${count} more`
  return count === 0 ? 'grants nothing else' : `grants ${count} more`
}

function describeIssuers(issuers: readonly Issuer[]): string {
  if (issuers.length === 0) return 'can be issued by the host only'
  const named = issuers.map(
    ({ agent, powers: by }) => `${nameOf(agent)} (${by.map((power) => powerNames[power]).join(', ')})`,
  )
  return `can be issued by ${listOf(named)}`
}

type CommandOf<T extends Command['type']> = Extract<Command, { readonly type: T }>
type Phrases = { readonly [T in Command['type']]?: (command: CommandOf<T>) => string }

/** Formats a command as a phrase. For a command that no remedy contains, returns the type of the command. */
function describeCommand<T extends Command['type']>(command: CommandOf<T>): string {
  const phrase: ((command: CommandOf<T>) => string) | undefined = phrases[command.type as T]
  return phrase === undefined ? command.type : phrase(command)
}

const inOrganization = ({ organization }: { readonly organization: string }): string =>
  ` in organization ${quote(organization)}`
const untilOf = ({ expiresAt }: { readonly expiresAt?: number | undefined }): string =>
  expiresAt === undefined ? '' : ` until ${isoOf(expiresAt)}`

const phrases: Phrases = {
  CreateUser: ({ user }) => `create user ${quote(user)}`,
  CreateTeam: (command) => `create team ${quote(command.team)}${inOrganization(command)}`,
  CreateVirtualAccount: (command) =>
    `create virtual account ${quote(command.virtualAccount)}${inOrganization(command)}`,
  ActivateUser: ({ user }) => `activate user ${quote(user)}`,
  ActivateCredential: ({ credential }) => `activate credential ${quote(credential)}`,
  ActivateTeam: ({ team }) => `activate team ${quote(team)}`,
  ActivateVirtualAccount: ({ virtualAccount }) => `activate virtual account ${quote(virtualAccount)}`,
  ActivateOrganization: ({ organization }) => `activate organization ${quote(organization)}`,
  ActivateProviderAccount: ({ providerAccount }) => `activate provider account ${quote(providerAccount)}`,
  ActivateModel: (command) => `activate model ${routeOf(command)}`,
  ActivateModelAlias: ({ alias }) => `activate alias ${quote(alias)}`,
  AddModels: ({ providerAccount, models }) =>
    `add ${listOf(models.map(quote))} to the models of provider account ${quote(providerAccount)}`,
  SetModelAliasTargets: ({ alias, targets }) => `point alias ${quote(alias)} to ${listOf(targets.map(routeOf))}`,
  CreateModelAlias: ({ alias, targets }) => `create alias ${quote(alias)} for ${listOf(targets.map(routeOf))}`,
  AddTeamMember: ({ team, user, role }) =>
    `add user ${quote(user)} to team ${quote(team)}${role === 'manager' ? ' as manager' : ''}`,
  ChangeTeamMemberRole: ({ team, user, role }) => `make user ${quote(user)} a ${role} of team ${quote(team)}`,
  SetDefaultTeam: ({ user, team }) =>
    team === null
      ? `clear the default team of user ${quote(user)}`
      : `make ${quote(team)} the default team of user ${quote(user)}`,
  UpdateCredential: ({ credential, scope, operations, expiresAt }) => {
    if (operations !== undefined)
      return `widen the operations of credential ${quote(credential)} to ${describeOperations(operations)}`
    if (expiresAt === null) return `let credential ${quote(credential)} never expire`
    if (expiresAt !== undefined) return `let credential ${quote(credential)} expire at ${isoOf(expiresAt)}`
    return scope === undefined
      ? `update credential ${quote(credential)}`
      : `widen the scope of credential ${quote(credential)} to ${scope.type === 'all' ? 'all' : widenedScope(scope)}`
  },
  AssignAccessGroup: (command) =>
    `assign group ${quote(command.accessGroup)} to ${nameOf(command.principal)}${untilOf(command)}`,
  AddAccessGroupMembers: ({ accessGroup, members }) =>
    `add ${listOf(members.map((member) => describeMember(member)))} to group ${quote(accessGroup)}`,
  UpdateOrganization: ({ organization, entitlement }) =>
    entitlement?.type === 'list'
      ? `entitle organization ${quote(organization)} to group ${quote(entitlement.accessGroups.at(-1) ?? '')} too`
      : `update organization ${quote(organization)}`,
  GrantRole: (command) =>
    `make ${nameOf(command.principal)} a ${command.role} of provider account ${quote(command.providerAccount)}${untilOf(command)}`,
  DeleteRestriction: ({ restriction }) => `lift restriction ${quote(restriction)}`,
  AllocateCredits: ({ principal, amount }) => `allocate ${amount} credits to ${nameOf(principal)}`,
  AddOrganizationAdmin: ({ organization, admin }) =>
    `make ${nameOf(admin)} an admin of organization ${quote(organization)}`,
  AddAdministrator: ({ administrator }) => `make ${nameOf(administrator)} an administrator`,
}

/**
 * Formats the new scope of a credential in a remedy. For several selectors, formats only the last one, which the remedy
 * added.
 */
function widenedScope(scope: Parameters<typeof describeScope>[0]): string {
  if (scope.type === 'all' || scope.selectors.length <= 1) return describeScope(scope)
  const last = scope.selectors.at(-1)
  return last === undefined ? describeScope(scope) : `${describeSelector(last)} too`
}
