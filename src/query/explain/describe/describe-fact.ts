import { type Authority, authorityNames } from '../../../model/value/authority.ts'
import { quote } from '../../../model/value/quote.ts'
import type { Payer } from '../../../policy/decision/decision.ts'
import { formatThing } from '../../../policy/decision/format-decision.ts'
import {
  describeOperations,
  describeScope,
  describeSelector,
  describeSubject,
  describeWindow,
  describeWindows,
  isoOf,
  listOf,
  nameOf,
  powerNames,
  routeOf,
} from '../../phrase.ts'
import type { Availability, Fact, RequestCaller } from '../trace/fact.ts'

type FactOf<T extends Fact['type']> = Extract<Fact, { readonly type: T }>

/**
 * Formats a fact as a phrase for operators. `sentences` has an entry for each kind of fact: a missing entry does not
 * compile.
 */
export function describeFact<T extends Fact['type']>(fact: FactOf<T>): string {
  return sentences[fact.type as T](fact)
}

const sentences: { readonly [T in Fact['type']]: (fact: FactOf<T>) => string } = {
  useRequested: ({ who, model, team, at }) =>
    `${describeCaller(who)} requests ${quote(model)}${team === undefined ? '' : ` in the name of team ${quote(team)}`} at ${isoOf(at)}`,
  manageRequested: ({ who, thing, at }) =>
    `${describeCaller(who)} requests to manage ${formatThing(thing)} at ${isoOf(at)}`,
  issue: ({ path, message }) => `at ${path.length === 0 ? 'the top' : quote(path.join('.'))}: ${message}`,
  credential: describeCredential,
  credentialAbsent: ({ credential }) =>
    credential === undefined ? 'no credential has this digest' : `credential ${quote(credential)} does not exist`,
  digestReplaced: ({ credential, validUntil }) =>
    `the secret presented for credential ${quote(credential)} has been replaced, and is valid until ${isoOf(validUntil)}`,
  principal: ({ principal, ...row }) => `${nameOf(principal)} ${describeStatus(row)}`,
  teamNotNamed: () => 'no team is named',
  defaultTeam: ({ team }) => `no team is named, and team ${quote(team)} is the default`,
  team: ({ team, organization, ...row }) =>
    `team ${quote(team)}${organization === undefined ? '' : ` of organization ${quote(organization)}`} ${describeStatus(row)}`,
  membership: describeMembership,
  organization: ({ organization, entitlement, ...row }) =>
    `organization ${quote(organization)} ${describeStatus(row)}${entitlement === 'list' ? ', entitled to a list of groups' : ''}`,
  name: ({ name, resolvesTo, routes }) => {
    if (resolvesTo === 'nothing') return `no alias and no concrete model is named ${quote(name)}`
    const over = routes.length === 0 ? 'no route' : listOf(routes.map(routeOf))
    return `${quote(name)} is ${resolvesTo === 'alias' ? 'an alias' : 'a concrete model'}, with ${over}`
  },
  lifecycle: ({ alias, lifecycle, sunsetAt, successor }) => {
    const sunset = sunsetAt === undefined ? '' : `, with its sunset at ${isoOf(sunsetAt)}`
    const next = successor === undefined ? '' : `, followed by ${quote(successor)}`
    return `alias ${quote(alias)} is ${lifecycle}${sunset}${next}`
  },
  context: ({ context, outcome }) =>
    `context ${context + 1} ${outcome === 'routes' ? 'has routes' : `ends at ${outcome}`}`,
  heldGroup: ({ principal, accessGroup, plan, windows, isInForce, isEntitled, holdsModel }) => {
    const by = plan === undefined ? '' : ` by plan ${quote(plan)}`
    const admitted = isEntitled ? '' : ', which its organization is not entitled to'
    const holds = holdsModel ? 'holds the model' : 'does not hold the model'
    return `${nameOf(principal)} has group ${quote(accessGroup)}${by} (${inForce(isInForce)}: ${describeWindows(windows)})${admitted}, which ${holds}`
  },
  heldRole: ({ principal, providerAccount, role, windows, isInForce, isRelevant }) =>
    `${nameOf(principal)} is ${role} of ${quote(providerAccount)} (${inForce(isInForce)}: ${describeWindows(windows)})${isRelevant ? '' : ', on which the model has no route'}`,
  heldOmitted: ({ count }) => `and ${count} more groups and roles`,
  restriction: ({ restriction, subject, selector, window, note }) =>
    `restriction ${quote(restriction)} denies ${describeSelector(selector)} to ${describeSubject(subject)}, ${describeWindow(window)}${noteOf(note)}`,
  scope: ({ credential, scope, passesName, routes }) => {
    const passed = passesName ? 'the name' : routes.length === 0 ? 'nothing of it' : listOf(routes.map(routeOf))
    return `the scope of credential ${quote(credential)} is ${describeScope(scope)}, and passes ${passed}`
  },
  operations: ({ credential, operations, operation }) =>
    `the operations of credential ${quote(credential)} are ${describeOperations(operations)}${operation === undefined ? '' : `, and the request is for ${quote(operation)}`}`,
  scopeNotAll: ({ credential, isAll }) => `the scope of credential ${quote(credential)} is ${isAll ? 'all' : 'a list'}`,
  credentialTeam: ({ credential, team, named }) =>
    `credential ${quote(credential)} acts for team ${quote(team)}, and the request names ${quote(named)}`,
  route: ({ route, availability, suspendedBy }) =>
    `route ${routeOf(route)} ${availabilities[availability]}${byAuthor(suspendedBy)}`,
  payer: ({ context, payer }) => `in context ${context + 1} ${describePayer(payer)}`,
  creditsNotGiven: () => 'the request does not say how many credits are available',
  credits: ({ available, estimate }) =>
    `${available} credits are available${estimate === undefined ? '' : `, and the call may cost ${estimate}`}`,
  thing: ({ thing, exists }) => `${formatThing(thing)} ${exists ? 'exists' : 'does not exist'}`,
  power: ({ principal, power, until }) =>
    power === 'none'
      ? `${nameOf(principal)} has no power over it`
      : `${nameOf(principal)} manages it as ${powerNames[power]}${until === undefined ? '' : ` until ${isoOf(until)}`}`,
}

const statuses = { active: 'is active', suspended: 'is suspended', absent: 'does not exist' } as const

/** Formats who suspended a row, as in ", suspended by …". Empty if no authority suspended the row. */
export const byAuthor = (author: Authority | undefined): string =>
  author === undefined ? '' : `, suspended by ${authorityNames[author]}`

function describeStatus({ status, suspendedBy }: Pick<FactOf<'principal'>, 'status' | 'suspendedBy'>): string {
  return suspendedBy === undefined ? statuses[status] : `is suspended by ${authorityNames[suspendedBy]}`
}

/** For each availability of a route, the phrase that follows the route's name. */
export const availabilities: Readonly<Record<Availability, string>> = {
  available: 'is available',
  accountAbsent: 'is on a provider account that does not exist',
  accountSuspended: 'is on a suspended provider account',
  modelNotListed: 'is a model that its provider account does not list',
  modelSuspended: 'is a suspended model',
}

/** Formats the note of a restriction as a clause on one line, with the note in double quotes. Empty without a note. */
export function noteOf(note: string | undefined): string {
  if (note === undefined) return ''
  return `, with the note ${JSON.stringify(note).replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '')}`
}

const inForce = (isInForce: boolean): string => (isInForce ? 'in force' : 'not in force')

function describeCredential({
  credential,
  owner,
  team,
  expiresAt,
  revokedAt,
  suspendedBy,
}: FactOf<'credential'>): string {
  const acts = team === undefined ? '' : ` for team ${quote(team)}`
  const ends = expiresAt === undefined ? 'never expires' : `expires at ${isoOf(expiresAt)}`
  const revoked = revokedAt === undefined ? '' : `, revoked at ${isoOf(revokedAt)}`
  return `credential ${quote(credential)} of ${nameOf(owner)}${acts} ${ends}${revoked}${byAuthor(suspendedBy)}`
}

function describeMembership({ principal, team, role }: FactOf<'membership'>): string {
  if (role === 'itself') return `${nameOf(principal)} names itself`
  return role === 'none'
    ? `${nameOf(principal)} is not in team ${quote(team)}`
    : `${nameOf(principal)} is in team ${quote(team)} as ${role}`
}

function describeCaller(who: RequestCaller): string {
  if (who.type === 'credentialDigest') return 'the bearer of a credential'
  return who.type === 'credential' ? `the bearer of credential ${quote(who.id)}` : nameOf(who)
}

/** Formats who pays, as in "team `acme-prod` pays". */
export function describePayer(payer: Payer): string {
  return payer.type === 'none' ? 'calls are free' : `${nameOf(payer.wallet)} pays`
}
