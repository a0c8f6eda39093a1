import { isSamePrincipal, type Principal } from '../model/principal.ts'
import { countRelated } from '../model/relation.ts'
import type { State } from '../model/state.ts'
import type { Request, Thing } from '../policy/request.ts'
import type { Subject, SubjectChange } from './diff-change.ts'
import { eachChange } from './diff-each.ts'
import { eachPowerChange, type PowerChange } from './diff-power.ts'
import { credentialOf, principalOf } from './explain-inquiry.ts'
import type { Opening } from './remedy.ts'

/** The most gains that are counted, and the most changes that are looked at for them. */
const gainLimit = 1_000
const changeLimit = 10_000

/**
 * How much the way from one state to another opens beside what was asked: each model, or more routes to one, that a
 * subject gains is one, and so is each thing that somebody comes to manage. Whoever comes to manage the platform or an
 * organization comes to manage everything in it. Stops at a thousand.
 */
export function openingOf(request: Request, before: State, after: State): Opening {
  if (before === after) return { count: 0, isAtLeast: false }
  let [gains, changes] = [0, 0]
  for (const gain of gainsBeside(request, before, after)) {
    gains += gain
    changes += 1
    if (gains > gainLimit) return { count: gainLimit, isAtLeast: true }
    if (changes === changeLimit) return { count: gains, isAtLeast: true }
  }
  return { count: gains, isAtLeast: false }
}

/** What each change opens, nothing for most. */
function* gainsBeside(request: Request, before: State, after: State): IterableIterator<number> {
  const { at } = request
  const isAsked = askedBy(request, after)
  for (const change of eachPowerChange({ before, after, at })) {
    yield change.effect === 'gained' ? sizeOf(change.thing, after) - askedOf(request, change, after) : 0
  }
  for (const one of eachChange(before, after, at)) yield isGain(one) && !isAsked(one) ? 1 : 0
}

/** How many things come with the power over one. */
export function sizeOf(thing: Thing, state: State): number {
  if (thing.type === 'platform') {
    const { organizations, teams, virtualAccounts, providerAccounts, users } = state
    return 1 + organizations.size + teams.size + virtualAccounts.size + providerAccounts.size + users.size
  }
  if (thing.type !== 'organization') return 1
  const { organizationTeams, organizationVirtualAccounts } = state.index
  return 1 + countRelated(organizationTeams, thing.id) + countRelated(organizationVirtualAccounts, thing.id)
}

/** How much of a power is what was asked: all of it where it is over the very thing, or the one thing in it. */
function askedOf(request: Request, { agent, thing }: PowerChange, state: State): number {
  const principal = request.type === 'manage' ? principalOf(request.who, state) : undefined
  if (request.type !== 'manage' || principal === undefined || !isSamePrincipal(principal, agent)) return 0
  const asked = request.thing
  const isSame = asked.type === thing.type && (!('id' in asked) || !('id' in thing) || asked.id === thing.id)
  if (isSame) return sizeOf(thing, state)
  return thing.type === 'platform' || thing.type === 'organization' ? 1 : 0
}

const isGain = ({ change }: SubjectChange): boolean => change.effect !== 'kept' && change.gained.length > 0

/** Whether a change is the caller's own, of the very name that it asked for, in whatever team's name. */
function askedBy(request: Request, state: State): (change: SubjectChange) => boolean {
  if (request.type === 'manage') return () => false
  const principal = principalOf(request.who, state)
  const credential = credentialOf(request.who, state)
  const isCaller = (subject: Subject): boolean =>
    subject.type === 'credential'
      ? subject.id === credential?.id
      : principal !== undefined && isSamePrincipal(subject as Principal, principal)
  return ({ subject, change }) =>
    isCaller(subject) && change.model.type !== 'openAccount' && change.model.name === request.model
}
