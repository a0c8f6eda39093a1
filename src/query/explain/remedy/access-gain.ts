import type { Command } from '../../../change/message/command.ts'
import type { State } from '../../../model/state/state.ts'
import { countRelated } from '../../../model/table/relation.ts'
import { type Agent, isSamePrincipal, type Principal } from '../../../model/value/principal.ts'
import type { Request, Thing } from '../../../policy/request/request.ts'
import type { Subject, SubjectChange } from '../../diff/diff-change.ts'
import { eachChange } from '../../diff/diff-each.ts'
import { eachPowerChange, type PowerChange } from '../../diff/diff-power.ts'
import { credentialOf, principalOf } from '../trace/decision-trace.ts'
import type { AccessGain } from './remedy.ts'
import { breadthOf } from './remedy-breadth.ts'
import { probedGains } from './remedy-probe.ts'

/** The most gains that are counted. */
const gainLimit = 1_000

/** The broadest commands whose every change is looked at. */
const breadthLimit = 500

/**
 * How much a remedy opens beside what was asked: each model, or more routes to one, that a subject gains is one, and so is
 * each thing that somebody comes to manage. Whoever comes to manage the platform or an organization comes to manage
 * everything in it. Stops at a thousand; of commands that concern very many, only some of what they open is looked for.
 */
export function accessGainOf(commands: readonly Command[], request: Request, before: State, after: State): AccessGain {
  if (before === after) return { count: 0, isAtLeast: false }
  // What a command deletes is there before it, and what an earlier one makes only after.
  const widthOf = (command: Command): number => Math.max(breadthOf(command, before), breadthOf(command, after))
  const breadth = commands.reduce((sum, command) => sum + widthOf(command), 0)
  const isBroad = breadth > breadthLimit
  const gains = isBroad ? broadGains(commands, request, before, after) : gainsBeside(request, before, after)
  let count = 0
  for (const gain of gains) {
    count += gain
    if (count > gainLimit) return { count: gainLimit, isAtLeast: true }
  }
  return { count, isAtLeast: isBroad }
}

/** Some of what commands open that concern very many. */
function* broadGains(
  commands: readonly Command[],
  request: Request,
  before: State,
  after: State,
): IterableIterator<number> {
  for (const command of commands) {
    if (command.type !== 'AddAdministrator' && command.type !== 'AddOrganizationAdmin') continue
    const [agent, thing]: readonly [Agent, Thing] =
      command.type === 'AddAdministrator'
        ? [command.administrator, { type: 'platform' }]
        : [command.admin, { type: 'organization', id: command.organization }]
    yield sizeOf(thing, after) - askedOf(request, { agent, thing }, after)
  }
  yield* probedGains(commands, request, before, after)
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
function sizeOf(thing: Thing, state: State): number {
  if (thing.type === 'platform') {
    const { organizations, teams, virtualAccounts, providerAccounts, users } = state
    return 1 + organizations.size + teams.size + virtualAccounts.size + providerAccounts.size + users.size
  }
  if (thing.type !== 'organization') return 1
  const { organizationTeams, organizationVirtualAccounts } = state.index
  return 1 + countRelated(organizationTeams, thing.id) + countRelated(organizationVirtualAccounts, thing.id)
}

/** How much of a power is what was asked: all of it where it is over the very thing, or the one thing in it. */
function askedOf(request: Request, { agent, thing }: Pick<PowerChange, 'agent' | 'thing'>, state: State): number {
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
