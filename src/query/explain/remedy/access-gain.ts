import type { Command } from '../../../change/message/command.ts'
import type { State } from '../../../model/state/state.ts'
import { countRelated } from '../../../model/table/relation.ts'
import { type Agent, isSamePrincipal, type Principal } from '../../../model/value/principal.ts'
import type { Request, Thing } from '../../../policy/request/request.ts'
import type { AccessSubject, SubjectChange } from '../../diff/diff-change.ts'
import { eachChange } from '../../diff/diff-each.ts'
import { eachPowerChange, type PowerChange } from '../../diff/diff-power.ts'
import { credentialOf, principalOf } from '../trace/decision-trace.ts'
import { breadthOf } from './command-breadth.ts'
import type { AccessGain } from './remedy.ts'
import { sampledGains } from './sampled-gain.ts'

/** The maximum number of gains that are counted, models and powers together. */
const gainLimit = 1_000

/**
 * The maximum breadth (subjects times names) of commands whose changes are all compared. For broader commands, only a
 * sample is compared.
 */
const breadthLimit = 500

/**
 * Counts the access that commands grant in addition to the requested access. Counts one for each model of which a
 * subject gains a route, and one for each thing that an agent gains power over. A power over the platform or an
 * organization counts everything in the platform or organization. Stops at 1,000. For commands that concern many
 * principals, counts only a sample.
 */
export function accessGainOf(commands: readonly Command[], request: Request, before: State, after: State): AccessGain {
  if (before === after) return { count: 0, isLowerBound: false }
  // A command may delete a row that exists only before, or refer to a row that an earlier command creates.
  const widthOf = (command: Command): number => Math.max(breadthOf(command, before), breadthOf(command, after))
  const breadth = commands.reduce((sum, command) => sum + widthOf(command), 0)
  const isBroad = breadth > breadthLimit
  const gains = isBroad ? broadGains(commands, request, before, after) : allGains(request, before, after)
  let [count, isOpen] = [0, false]
  for (const gain of gains) {
    count += gain === 'open' ? 1 : gain
    isOpen ||= gain === 'open'
    if (count > gainLimit) return { count: gainLimit, isLowerBound: true }
  }
  return { count, isLowerBound: isBroad || isOpen }
}

/**
 * Yields the gains of commands that affect many principals. Gained powers are counted exactly; gained models are
 * counted in a sample.
 */
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
    yield sizeOf(thing, after) - requestedPartOf(request, { agent, thing }, after)
  }
  yield* sampledGains(commands, request, before, after)
}

/**
 * Yields the gain of each difference in access between the two states: a number, or `open` for unlisted models of an account
 * with `anyModel`, whose number is unknown. The requested access is not a gain.
 */
function* allGains(request: Request, before: State, after: State): IterableIterator<number | 'open'> {
  const { at } = request
  const isRequested = requestedChanges(request, after)
  for (const change of eachPowerChange({ before, after, at })) {
    yield change.effect === 'gained' ? sizeOf(change.thing, after) - requestedPartOf(request, change, after) : 0
  }
  for (const one of eachChange(before, after, at)) {
    if (isGain(one) && !isRequested(one)) yield one.change.model.type === 'openAccount' ? 'open' : 1
  }
}

/** The number of things that an agent with power over `thing` may manage, including `thing` itself. */
function sizeOf(thing: Thing, state: State): number {
  if (thing.type === 'platform') {
    const { organizations, teams, virtualAccounts, providerAccounts, users } = state
    return 1 + organizations.size + teams.size + virtualAccounts.size + providerAccounts.size + users.size
  }
  if (thing.type !== 'organization') return 1
  const { organizationTeams, organizationVirtualAccounts } = state.index
  return 1 + countRelated(organizationTeams, thing.id) + countRelated(organizationVirtualAccounts, thing.id)
}

/**
 * Returns how much of a gained power the request asked for. The size of the thing for a power over the requested thing;
 * 1 for a power over a platform or organization that includes the requested thing; otherwise 0.
 */
function requestedPartOf(
  request: Request,
  { agent, thing }: Pick<PowerChange, 'agent' | 'thing'>,
  state: State,
): number {
  const principal = request.type === 'manage' ? principalOf(request.who, state) : undefined
  if (request.type !== 'manage' || principal === undefined || !isSamePrincipal(principal, agent)) return 0
  const requested = request.thing
  const isSame =
    requested.type === thing.type && (!('id' in requested) || !('id' in thing) || requested.id === thing.id)
  if (isSame) return sizeOf(thing, state)
  return thing.type === 'platform' || thing.type === 'organization' ? 1 : 0
}

/**
 * Whether a change gives a subject a new model. A model that the subject could use before by naming a team is not new.
 */
const isGain = ({ change }: SubjectChange): boolean =>
  change.effect !== 'kept' && change.gained.length > 0 && change.ambiguous?.before === undefined

/**
 * Returns a predicate: whether a change gives the caller the requested model, on behalf of any team. Always false for a
 * manage request.
 */
function requestedChanges(request: Request, state: State): (change: SubjectChange) => boolean {
  if (request.type === 'manage') return () => false
  const principal = principalOf(request.who, state)
  const credential = credentialOf(request.who, state)
  const isCaller = (subject: AccessSubject): boolean =>
    subject.type === 'credential'
      ? subject.id === credential?.id
      : principal !== undefined && isSamePrincipal(subject as Principal, principal)
  return ({ subject, change }) =>
    isCaller(subject) && change.model.type !== 'openAccount' && change.model.name === request.model
}
