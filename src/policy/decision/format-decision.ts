import type { Wallet } from '../../model/noun/wallet.ts'
import { type Authority, lifterNames } from '../../model/value/authority.ts'
import type { Holder } from '../../model/value/principal.ts'
import { quote } from '../../model/value/quote.ts'
import type { Decision, Denied, Reach, UseAllowed } from './decision.ts'
import type { DenialLevel, DenialReason, Remedy } from './denial.ts'
import type { Thing } from './thing.ts'

/**
 * Formats a decision on one line, for operators. The line names groups, teams and restrictions: show callers the result
 * of `answerCaller` instead.
 */
export function formatDecision(decision: Decision): string {
  if (decision.effect === 'deny') return formatDenial(decision)
  if (decision.type === 'use') return formatUse(decision)
  return `${nameOf(decision.principal)} may manage this as ${powers[decision.power]} (version ${decision.version})`
}

const powers = {
  administrator: 'an administrator',
  organizationAdmin: "the organization's admin",
  providerAccountManager: "the provider account's manager",
  teamManager: "the team's manager",
  self: 'the user itself',
} as const

const nouns = { user: 'user', team: 'team', virtualAccount: 'virtual account', organization: 'organization' } as const
const thingNouns = {
  organization: 'organization',
  team: 'team',
  virtualAccount: 'virtual account',
  providerAccount: 'provider account',
} as const

const nameOf = (holder: Holder | Wallet): string =>
  holder.type === 'member'
    ? `user ${quote(holder.user)} in team ${quote(holder.team)}`
    : `${nouns[holder.type]} ${quote(holder.id)}`
/** The maximum number of names in a list. */
const nameLimit = 10

/** Lists the first ten of several names, then the number of the others. `total` is the number of all names. */
function list(names: readonly string[], total: number = names.length): string {
  const named = names.slice(0, nameLimit)
  return total > named.length ? `${named.join(', ')} and ${total - named.length} more` : named.join(', ')
}

/** Lists the teams of a `name_team` remedy, then the number of the other teams. */
export function listTeams({ teams, total }: Remedy & { readonly type: 'name_team' }): string {
  return list(teams.map(quote), total)
}

const endOf = ({ until }: Reach): string => (until === undefined ? '' : ` until ${new Date(until).toISOString()}`)

function formatUse({ principal, team, routes, payer, reach, version }: UseAllowed): string {
  const inTeam = team === undefined || principal.type === 'team' ? '' : ` in team ${quote(team)}`
  const over = list(routes.map(({ providerAccount, model }) => quote(`${providerAccount}/${model}`)))
  const by = list(reach.map(formatReach))
  const pays = payer.type === 'none' ? 'the call is free' : `${nameOf(payer.wallet)} pays`
  return `${nameOf(principal)}${inTeam} may use ${over} by ${by}; ${pays} (version ${version})`
}

/** Formats one access path of a decision, for operators. */
export function formatReach(path: Reach): string {
  if (path.type === 'role') {
    return `the ${path.role} role of ${nameOf(path.principal)} on ${quote(path.providerAccount)}${endOf(path)}`
  }
  const plan = path.plan === undefined ? '' : ` on plan ${quote(path.plan)}`
  return `group ${quote(path.accessGroup)} of ${nameOf(path.principal)}${plan}${endOf(path)}`
}

const sentences: Readonly<Record<DenialReason, string>> = {
  request_invalid: 'the request is not valid',
  credential_unknown: 'no credential has this id or digest',
  credential_revoked: 'the credential was revoked',
  credential_suspended: 'the credential is suspended',
  credential_expired: 'the credential has expired',
  principal_unknown: 'the principal does not exist',
  principal_suspended: 'the principal is suspended',
  team_unknown: 'the team does not exist',
  team_not_member: 'the caller is not in the team',
  team_suspended: 'the team is suspended',
  organization_suspended: 'the organization is suspended',
  model_unknown: 'no alias and no concrete model has this name',
  model_retired: 'the alias is retired',
  model_not_granted: 'no access group and no role grants the model',
  model_restricted: 'a restriction denies the model',
  operation_out_of_scope: "the credential's operations do not include that of the request",
  credential_out_of_scope: "the credential's scope does not pass the model",
  model_unavailable: 'every route is suspended or gone',
  payer_ambiguous: 'several metered teams could pay',
  credits_exhausted: 'the wallet has too few credits',
  management_not_granted: 'the caller may not manage this',
}

function formatDenial(denial: Denied): string {
  const { reason, level, remedies, version } = denial
  return `${reason} at ${formatLevel(level)}: ${formatReason(denial)}; ${list(remedies.map(formatRemedy))} (version ${version})`
}

function formatReason({ reason, level, available, needed }: Denied): string {
  if (level.type === 'thing') return `${nameOf(level.principal)} may not manage it`
  if (reason === 'management_not_granted') {
    return level.type === 'credential' ? 'a restricted credential may manage nothing' : 'a team key may manage nothing'
  }
  if (reason === 'model_not_granted' && level.type === 'organization') {
    return 'the entitlement does not admit the groups that grant the model'
  }
  if (available === undefined) return sentences[reason]
  return `${sentences[reason]}, ${available} available${needed === undefined ? '' : ` and ${needed} needed`}`
}

function formatLevel(level: DenialLevel): string {
  switch (level.type) {
    case 'request':
      return 'the request'
    case 'credential':
      return level.id === undefined ? 'the credential' : `credential ${quote(level.id)}`
    case 'wallet':
      return `the wallet of ${nameOf(level.wallet)}`
    case 'everyone':
      return 'everyone'
    case 'thing':
      return formatThing(level.thing)
    case 'model':
      return `model ${quote(level.id)}`
    default:
      return nameOf(level)
  }
}

/** Formats a thing that may be managed, as in "the members of team `acme-prod`". */
export function formatThing(thing: Thing): string {
  switch (thing.type) {
    case 'platform':
      return 'the platform'
    case 'teamMembers':
      return `the members of team ${quote(thing.id)}`
    case 'userTokens':
      return `the tokens and invitations of user ${quote(thing.id)}`
    default:
      return `${thingNouns[thing.type]} ${quote(thing.id)}`
  }
}

const asLifter = ({ suspendedBy }: { readonly suspendedBy: Authority }): string => ` as ${lifterNames[suspendedBy]}`

function formatRemedy(remedy: Remedy): string {
  switch (remedy.type) {
    case 'correct_request':
      return `correct the request: ${list(remedy.issues.map(({ path, message }) => `at ${path.length === 0 ? 'the top' : quote(path.join('.'))} ${message}`))}`
    case 'issue_credential':
      return 'issue a credential'
    case 'create_principal':
      return `create ${nameOf(remedy.principal)}`
    case 'activate_credential':
      return `activate credential ${quote(remedy.credential)}${asLifter(remedy)}`
    case 'activate_principal':
      return `activate ${nameOf(remedy.principal)}${asLifter(remedy)}`
    case 'create_team':
      return `create team ${quote(remedy.team)}`
    case 'add_team_member':
      return `add user ${quote(remedy.user)} to team ${quote(remedy.team)}`
    case 'name_own_team':
      return 'name its own team or none'
    case 'activate_team':
      return `activate team ${quote(remedy.team)}${asLifter(remedy)}`
    case 'activate_organization':
      return `activate organization ${quote(remedy.organization)}${asLifter(remedy)}`
    case 'correct_model_name':
      return 'correct the model name'
    case 'choose_model':
      return 'choose another model'
    case 'use_successor':
      return `use ${quote(remedy.successor)}`
    case 'grant_access':
      return `grant ${quote(remedy.model)} to ${remedy.principals.map(nameOf).join(' or ')}`
    case 'extend_entitlement':
      return `extend the entitlement of organization ${quote(remedy.organization)} by ${list(remedy.accessGroups.map((id) => `group ${quote(id)}`))}`
    case 'lift_restriction':
      return `lift ${list(remedy.restrictions.map((id) => `restriction ${quote(id)}`))}`
    case 'widen_scope':
      return `widen the scope of credential ${quote(remedy.credential)}${remedy.to === undefined ? '' : ' to all'}`
    case 'name_operation':
      return `name the operation: ${remedy.operations.join(' or ')}`
    case 'widen_operations':
      return `widen the operations of credential ${quote(remedy.credential)} ${remedy.to === 'all' ? 'to all' : `by ${quote(remedy.to)}`}`
    case 'activate_model':
      return `activate a route of ${quote(remedy.model)}`
    case 'set_alias_targets':
      return `give alias ${quote(remedy.alias)} targets`
    case 'name_team':
      return `name one of the teams ${listTeams(remedy)}`
    case 'add_credits':
      return `add credits to the wallet of ${nameOf(remedy.wallet)}`
    case 'ask_administrator':
      return 'ask an administrator'
  }
}
