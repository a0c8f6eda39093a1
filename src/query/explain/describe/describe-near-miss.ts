import { authorityNames } from '../../../model/value/authority.ts'
import { quote } from '../../../model/value/quote.ts'
import type { Reach } from '../../../policy/decision/decision.ts'
import {
  describeMember,
  describeOperations,
  describeSelector,
  describeSubject,
  isoOf,
  listOf,
  nameOf,
  powerNames,
  routeOf,
} from '../../phrase.ts'
import type { NearMiss, UnassignedGroup } from '../near-miss/near-miss.ts'
import { availabilities, byAuthor, noteOf } from './describe-fact.ts'

type MissOf<T extends NearMiss['type']> = Extract<NearMiss, { readonly type: T }>

/**
 * Formats a near miss as a sentence for operators. `sentences` has an entry for each kind of near miss: a missing entry
 * does not compile.
 */
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
  memberMissing: ({ principal, accessGroup, member }) =>
    `${nameOf(principal)} has group ${quote(accessGroup)}, which does not hold ${member.type === 'alias' ? quote(member.alias) : describeMember(member)}`,
  groupsUnassigned: ({ total, groups }) =>
    `${total === 1 ? 'one group that holds' : `${total} groups that hold`} the model ${total === 1 ? 'is' : 'are'} one assignment away: ${listOf(groups.map(describeGroup))}`,
  groupsNotEntitled: ({ organization, total, accessGroups }) =>
    `${total === 1 ? 'one group holds' : `${total} groups hold`} the model, but organization ${quote(organization)} is not entitled to ${total === 1 ? 'it' : 'them'}: ${listOf(accessGroups.map(quote))}`,
  teamSuspended: (miss) => `team ${quote(miss.team)} would give access, but ${suspensionOf(miss)}`,
  teamNotNamed: ({ team }) => `team ${quote(team)} would give access if the request named it`,
  teamNamed: ({ team }) => `the request would get access if it did not name team ${quote(team)}`,
  aliasOfModel: ({ alias }) =>
    `the caller has alias ${quote(alias)}, which leads to the model; an alias in a group grants the alias, never the concrete model behind it`,
  modelHidden: ({ alias, route, by }) => {
    const given = by === undefined ? '' : `, which ${describePath(by)} would give`
    return `alias ${quote(alias)} hides the concrete model ${routeOf(route)}${given}; replace the alias by one with another name, or request the model by another alias`
  },
  restrictionWins: ({ restriction, subject, selector, until, note }) =>
    `restriction ${quote(restriction)} denies ${describeSelector(selector)} to ${describeSubject(subject)}${until === undefined ? '' : ` until ${isoOf(until)}`}, which overrides every grant${noteOf(note)}`,
  operationMissing: ({ credential, operations, operation }) =>
    `credential ${quote(credential)} is for ${describeOperations(operations)}, but the request ${operation === undefined ? 'names no operation' : `is for ${quote(operation)}`}`,
  selectorMissing: ({ credential, selector }) =>
    `the scope of credential ${quote(credential)} does not pass ${describeSelector(selector)}`,
  otherTeamNamed: ({ credential, team, named }) =>
    `credential ${quote(credential)} acts for team ${quote(team)}, but the request names team ${quote(named)}`,
  routeUnavailable: ({ route, availability, suspendedBy }) =>
    `route ${routeOf(route)} ${availabilities[availability]}${byAuthor(suspendedBy)}`,
  targetsMissing: ({ alias }) => `alias ${quote(alias)} has no targets; give it some`,
  aliasRetired: ({ alias, successor, isUsable }) => {
    if (successor === undefined) return `alias ${quote(alias)} is retired and has no successor`
    return `alias ${quote(alias)} is retired; the caller ${isUsable ? 'may' : 'may not'} use its successor ${quote(successor)}`
  },
  similarName: ({ name, differsIn, isUsable }) =>
    `${quote(name)} exists, which differs in ${differences[differsIn]}; the caller ${isUsable ? 'may' : 'may not'} use it`,
  overlapEnded: ({ credential, endedAt }) =>
    `the secret presented for credential ${quote(credential)} has been replaced, and its overlap ended at ${isoOf(endedAt)}`,
  credentialNamesTeam: ({ credential, team }) =>
    `credential ${quote(credential)}, not the request, names team ${quote(team)}`,
  powerSuspended: (miss) => `the caller would manage it as ${powerNames[miss.power]}, but ${suspensionOf(miss)}`,
  operationsNotAll: ({ credential }) =>
    `credential ${quote(credential)} is for a list of operations; only a credential for all operations may manage anything`,
  scopeNotAll: ({ credential }) =>
    `credential ${quote(credential)} has a list as its scope; only a credential with the scope ${quote('all')} may manage anything`,
  sufficientPowers: ({ powers: sufficient }) =>
    sufficient.length === 0
      ? 'the thing to manage does not exist'
      : `it can be managed as ${sufficient.map((power) => powerNames[power]).join(' or ')}`,
}

const differences = {
  case: 'capital letters',
  separators: 'separators',
  providerAccount: 'the provider account before it',
  spelling: 'spelling',
} as const

function describeGroup({ accessGroup, aliasCount, modelCount, isOpen, principals }: UnassignedGroup): string {
  const sizes = [
    ...(aliasCount > 0 || modelCount === 0 ? [aliasCount === 1 ? '1 alias' : `${aliasCount} aliases`] : []),
    ...(modelCount > 0 ? [modelCount === 1 ? '1 model' : `${modelCount} models`] : []),
    ...(isOpen === true ? ['unlisted models'] : []),
  ]
  const count = sizes.join(' and ')
  return `${quote(accessGroup)} (${count}; to ${principals.slice(0, 3).map(nameOf).join(' or ')})`
}

function describePath(path: Reach): string {
  const holder = nameOf(path.principal)
  return path.type === 'role'
    ? `the ${path.role} role of ${holder} on provider account ${quote(path.providerAccount)}`
    : `group ${quote(path.accessGroup)} of ${holder}`
}

function suspensionOf({
  team,
  organization,
  suspended,
  suspendedBy,
}: Pick<MissOf<'powerSuspended'>, 'team' | 'organization' | 'suspended' | 'suspendedBy'>): string {
  const named = suspended.map((kind, i) => {
    const name = kind === 'organization' ? `organization ${quote(organization)}` : `team ${quote(team ?? '')}`
    return `${name} is suspended by ${authorityNames[suspendedBy[i] ?? 'platform']}`
  })
  return named.join(' and ')
}
