import { quote } from '../../../model/value/quote.ts'
import type { Power } from '../../../policy/decision/decision.ts'
import type { NearMiss, UnassignedGroup } from '../near-miss/near-miss.ts'
import { availabilities } from './describe-fact.ts'
import { describeSelector, describeSubject, isoOf, listOf, nameOf, routeOf } from './word.ts'

type MissOf<T extends NearMiss['type']> = Extract<NearMiss, { readonly type: T }>

/** One near miss as a sentence, for operators. A near miss without a line here does not compile. */
export function describeNearMiss<T extends NearMiss['type']>(miss: MissOf<T>): string {
  return sentences[miss.type as T](miss)
}

const sentences: { readonly [T in NearMiss['type']]: (miss: MissOf<T>) => string } = {
  assignmentEnded: ({ principal, accessGroup, endedAt }) =>
    `${nameOf(principal)} had group ${quote(accessGroup)}, which holds the model, until ${isoOf(endedAt)}`,
  assignmentNotBegun: ({ principal, accessGroup, startsAt }) =>
    `${nameOf(principal)} has group ${quote(accessGroup)}, which holds the model, from ${isoOf(startsAt)} on`,
  roleEnded: ({ principal, providerAccount, role, endedAt }) =>
    `${nameOf(principal)} was ${role} of ${quote(providerAccount)} until ${isoOf(endedAt)}`,
  roleNotBegun: ({ principal, providerAccount, role, startsAt }) =>
    `${nameOf(principal)} is ${role} of ${quote(providerAccount)} from ${isoOf(startsAt)} on`,
  groupNotEntitled: ({ principal, accessGroup, organization }) =>
    `${nameOf(principal)} has group ${quote(accessGroup)}, which holds the model, but organization ${quote(organization)} is not entitled to it`,
  memberMissing: ({ principal, accessGroup, alias }) =>
    `${nameOf(principal)} has group ${quote(accessGroup)}, which does not hold ${quote(alias)}`,
  groupsUnassigned: ({ total, groups }) =>
    `${total === 1 ? 'one group that holds' : `${total} groups that hold`} the model ${total === 1 ? 'is' : 'are'} one assignment away: ${listOf(groups.map(describeGroup))}`,
  groupsNotEntitled: ({ organization, total, accessGroups }) =>
    `${total === 1 ? 'one group holds' : `${total} groups hold`} the model, but organization ${quote(organization)} is not entitled to ${total === 1 ? 'it' : 'them'}: ${listOf(accessGroups.map(quote))}`,
  teamSuspended: ({ team, organization, suspended }) =>
    `team ${quote(team)} would give it, but ${suspensionOf(team, organization, suspended)}`,
  teamNotNamed: ({ team }) => `team ${quote(team)} would give it, were it named`,
  teamNamed: ({ team }) => `it would be given, were team ${quote(team)} not named`,
  aliasOfModel: ({ alias }) =>
    `the caller has alias ${quote(alias)}, which leads to the model; a group gives the alias and never the model behind it`,
  restrictionWins: ({ restriction, subject, selector, until }) =>
    `restriction ${quote(restriction)} denies ${describeSelector(selector)} to ${describeSubject(subject)}${until === undefined ? '' : ` until ${isoOf(until)}`}, whatever is granted`,
  selectorMissing: ({ credential, selector }) =>
    `the scope of credential ${quote(credential)} does not pass ${describeSelector(selector)}`,
  otherTeamNamed: ({ credential, team, named }) =>
    `credential ${quote(credential)} acts for team ${quote(team)}, but the request names team ${quote(named)}`,
  routeUnavailable: ({ route, why }) => `route ${routeOf(route)} ${availabilities[why]}`,
  aliasRetired: ({ alias, successor, hasSuccessor }) => {
    if (successor === undefined) return `alias ${quote(alias)} is retired, and has no successor`
    return `alias ${quote(alias)} is retired; its successor ${quote(successor)} is ${hasSuccessor ? "the caller's" : "not the caller's"}`
  },
  nameAlike: ({ name, differsIn, isUsable }) =>
    `there is ${quote(name)}, which differs in ${likenesses[differsIn]}, and is ${isUsable ? "the caller's" : "not the caller's"}`,
  overlapEnded: ({ credential, endedAt }) =>
    `the secret shown for credential ${quote(credential)} was replaced, and its overlap ended at ${isoOf(endedAt)}`,
  credentialNamesTeam: ({ credential, team }) =>
    `it is credential ${quote(credential)}, not the request, that names team ${quote(team)}`,
  powerSuspended: ({ power, team, organization, suspended }) =>
    `the caller would manage it as ${powers[power]}, but ${suspensionOf(team, organization, suspended)}`,
  scopeNotAll: ({ credential }) =>
    `credential ${quote(credential)} has a scope that is a list, and only one with the scope all manages anything`,
  powersThatWouldDo: ({ powers: some }) =>
    some.length === 0
      ? 'there is nothing to be managed'
      : `it can be managed as ${some.map((power) => powers[power]).join(' or ')}`,
}

const likenesses = {
  case: 'capital letters',
  separators: 'separators',
  providerAccount: 'the provider account before it',
  spelling: 'spelling',
} as const

/** Powers in words. */
export const powers: Readonly<Record<Power, string>> = {
  administrator: 'administrator',
  organizationAdmin: "the organization's admin",
  providerAccountManager: "the provider account's manager",
  teamManager: "the team's manager",
  self: 'the user itself',
}

function describeGroup({ accessGroup, aliasCount, principals }: UnassignedGroup): string {
  const count = aliasCount === 1 ? '1 alias' : `${aliasCount} aliases`
  return `${quote(accessGroup)} (${count}; to ${principals.slice(0, 3).map(nameOf).join(' or ')})`
}

function suspensionOf(
  team: string | undefined,
  organization: string,
  suspended: readonly ('team' | 'organization')[],
): string {
  const names = suspended.map((kind) =>
    kind === 'team' ? (team === undefined ? 'the team' : `team ${quote(team)}`) : `organization ${quote(organization)}`,
  )
  return `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} suspended`
}
