import { wordOf } from '../../../change/rule/reference.ts'
import { quote } from '../../../model/value/quote.ts'
import type { Payer } from '../../../policy/decision/decision.ts'
import type { Thing } from '../../../policy/request/request.ts'
import type { Asker, Availability, Fact } from '../trace/fact.ts'
import {
  describeScope,
  describeSelector,
  describeSubject,
  describeWindow,
  describeWindows,
  isoOf,
  listOf,
  nameOf,
  routeOf,
} from './word.ts'

type FactOf<T extends Fact['type']> = Extract<Fact, { readonly type: T }>

/** One fact in words, for operators. A fact without a line here does not compile. */
export function describeFact<T extends Fact['type']>(fact: FactOf<T>): string {
  return sentences[fact.type as T](fact)
}

const sentences: { readonly [T in Fact['type']]: (fact: FactOf<T>) => string } = {
  useAsked: ({ who, model, team, at }) =>
    `${describeAsker(who)} asks for ${quote(model)}${team === undefined ? '' : ` in the name of team ${quote(team)}`} at ${isoOf(at)}`,
  manageAsked: ({ who, thing, at }) => `${describeAsker(who)} asks to manage ${describeThing(thing)} at ${isoOf(at)}`,
  issue: ({ path, message }) => `at ${path.length === 0 ? 'the top' : quote(path.join('.'))}: ${message}`,
  credential: describeCredential,
  credentialAbsent: ({ credential }) =>
    credential === undefined ? 'no credential has this digest' : `there is no credential ${quote(credential)}`,
  digestReplaced: ({ credential, goodUntil }) =>
    `the secret shown for credential ${quote(credential)} was replaced, and good until ${isoOf(goodUntil)}`,
  principal: ({ principal, status }) => `${nameOf(principal)} ${standings[status]}`,
  teamNotNamed: () => 'no team is named',
  team: ({ team, status, organization }) =>
    `team ${quote(team)}${organization === undefined ? '' : ` of organization ${quote(organization)}`} ${standings[status]}`,
  membership: describeMembership,
  organization: ({ organization, status, entitlement }) =>
    `organization ${quote(organization)} ${standings[status]}${entitlement === 'list' ? ', entitled to a list of groups' : ''}`,
  name: ({ name, is, routes }) => {
    if (is === 'nothing') return `nothing is called ${quote(name)}`
    const over = routes.length === 0 ? 'no route' : listOf(routes.map(routeOf))
    return `${quote(name)} is ${is === 'alias' ? 'an alias' : 'a concrete model'}, over ${over}`
  },
  lifecycle: ({ alias, lifecycle, sunsetAt, successor }) => {
    const sunset = sunsetAt === undefined ? '' : `, with its sunset at ${isoOf(sunsetAt)}`
    const next = successor === undefined ? '' : `, followed by ${quote(successor)}`
    return `alias ${quote(alias)} is ${lifecycle}${sunset}${next}`
  },
  context: ({ context, outcome }) =>
    `context ${context + 1} ${outcome === 'routes' ? 'has routes' : `ends at ${outcome}`}`,
  heldGroup: ({ principal, accessGroup, plan, windows, isInForce, isAdmitted, holdsModel }) => {
    const by = plan === undefined ? '' : ` by plan ${quote(plan)}`
    const admitted = isAdmitted ? '' : ', which its organization is not entitled to'
    const holds = holdsModel ? 'holds the model' : 'does not hold the model'
    return `${nameOf(principal)} has group ${quote(accessGroup)}${by} (${inForce(isInForce)}: ${describeWindows(windows)})${admitted}, which ${holds}`
  },
  heldRole: ({ principal, providerAccount, role, windows, isInForce, isRelevant }) =>
    `${nameOf(principal)} is ${role} of ${quote(providerAccount)} (${inForce(isInForce)}: ${describeWindows(windows)})${isRelevant ? '' : ', which is not asked about'}`,
  heldMore: ({ count }) => `and ${count} more groups and roles`,
  restriction: ({ restriction, subject, selector, window }) =>
    `restriction ${quote(restriction)} denies ${describeSelector(selector)} to ${describeSubject(subject)}, ${describeWindow(window)}`,
  scope: ({ credential, scope, passesName, routes }) => {
    const passed = passesName ? 'the name' : routes.length === 0 ? 'none of it' : listOf(routes.map(routeOf))
    return `the scope of credential ${quote(credential)} is ${describeScope(scope)}, and passes ${passed}`
  },
  scopeNotAll: ({ credential, isAll }) => `the scope of credential ${quote(credential)} is ${isAll ? 'all' : 'a list'}`,
  credentialTeam: ({ credential, team, named }) =>
    `credential ${quote(credential)} acts for team ${quote(team)}, and the request names ${quote(named)}`,
  route: ({ route, availability }) => `route ${routeOf(route)} ${availabilities[availability]}`,
  payer: ({ context, payer }) => `in context ${context + 1} ${describePayer(payer)}`,
  moneyNotAsked: () => 'the request does not say what is available',
  credits: ({ available, estimate }) =>
    `${available} credits are available${estimate === undefined ? '' : `, and the call may cost ${estimate}`}`,
  thing: ({ thing, isThere }) => `${describeThing(thing)} ${isThere ? 'is there' : 'is not there'}`,
  power: ({ principal, power, until }) =>
    power === 'none'
      ? `${nameOf(principal)} has no power over it`
      : `${nameOf(principal)} manages it as ${power}${until === undefined ? '' : ` until ${isoOf(until)}`}`,
}

const standings = { active: 'is active', suspended: 'is suspended', absent: 'is not there' } as const

/** How a route is, in words. */
export const availabilities: Readonly<Record<Availability, string>> = {
  available: 'is available',
  accountAbsent: 'has no provider account any more',
  accountSuspended: 'is on a suspended provider account',
  modelNotListed: 'is no longer among the models of its provider account',
  modelSuspended: 'is a suspended model',
}

const inForce = (isInForce: boolean): string => (isInForce ? 'in force' : 'not in force')

function describeCredential({ credential, owner, team, expiresAt, revokedAt }: FactOf<'credential'>): string {
  const acts = team === undefined ? '' : ` for team ${quote(team)}`
  const ends = expiresAt === undefined ? 'never expires' : `expires at ${isoOf(expiresAt)}`
  const revoked = revokedAt === undefined ? '' : `, revoked at ${isoOf(revokedAt)}`
  return `credential ${quote(credential)} of ${nameOf(owner)}${acts} ${ends}${revoked}`
}

function describeMembership({ principal, team, role }: FactOf<'membership'>): string {
  if (role === 'itself') return `${nameOf(principal)} names itself`
  return role === 'none'
    ? `${nameOf(principal)} is not in team ${quote(team)}`
    : `${nameOf(principal)} is in team ${quote(team)} as ${role}`
}

function describeAsker(who: Asker): string {
  if (who.type === 'credentialDigest') return 'the bearer of a credential'
  return who.type === 'credential' ? `the bearer of credential ${quote(who.id)}` : nameOf(who)
}

/** Who pays, in words. */
export function describePayer(payer: Payer): string {
  return payer.type === 'nobody' ? 'nobody pays' : `${nameOf(payer.wallet)} pays`
}

function describeThing(thing: Thing): string {
  switch (thing.type) {
    case 'platform':
      return 'the platform'
    case 'teamMembers':
      return `the members of team ${quote(thing.id)}`
    case 'userTokens':
      return `the tokens of user ${quote(thing.id)}`
    default:
      return `${wordOf(thing.type)} ${quote(thing.id)}`
  }
}
