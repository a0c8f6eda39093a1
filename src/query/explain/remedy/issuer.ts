import { apply } from '../../../change/apply.ts'
import { thingOf } from '../../../change/decide.ts'
import type { Command } from '../../../change/message/command.ts'
import type { State } from '../../../model/state/state.ts'
import { related } from '../../../model/table/relation.ts'
import { findRow } from '../../../model/table/table.ts'
import type { Agent } from '../../../model/value/principal.ts'
import { authorize } from '../../../policy/authorize.ts'
import type { Power } from '../../../policy/decision/decision.ts'
import { findOrganization, findPower } from '../../../policy/manage.ts'
import type { Request, Thing } from '../../../policy/request/request.ts'
import type { Issuer } from './remedy.ts'
import { requestOfTrial, type Trial } from './search-remedies.ts'

/** The maximum number of issuers that are returned. `agentLimit` is the maximum number of agents that are tried. */
const issuerLimit = 10
const agentLimit = 200

/**
 * The agents that may issue all commands of a remedy: at most 10, administrators first. Each agent is checked by
 * applying the commands with the agent as actor. Only agents that may have power over the thing of the first command
 * are tried.
 */
export function issuersOf({ commands, change }: Trial, request: Request, state: State): readonly Issuer[] {
  const [first] = commands
  if (first === undefined) return []
  const issuers: Issuer[] = []
  const seen: Agent[] = []
  for (const agent of possibleIssuers(thingOf(first, state), state)) {
    if (seen.some((one) => one.type === agent.type && one.id === agent.id)) continue
    seen.push(agent)
    const powers = powersOf(
      agent,
      commands,
      state,
      (next) => authorize(requestOfTrial(request, change, commands), next).effect === 'allow',
    )
    if (powers !== undefined) issuers.push({ agent, powers })
    if (issuers.length === issuerLimit || seen.length === agentLimit) break
  }
  return issuers
}

/**
 * Returns the powers with which an agent can issue all commands. `undefined` if a command is rejected, or if the
 * request stays denied after the commands.
 */
function powersOf(
  agent: Agent,
  commands: readonly Command[],
  state: State,
  isGood: (state: State) => boolean,
): readonly Power[] | undefined {
  const powers: Power[] = []
  let next = state
  for (const command of commands) {
    const power = findPower(agent, thingOf(command, next), next, command.at)?.power
    const applied = apply({ ...command, actor: agent }, next)
    if (power === undefined || !applied.ok) return undefined
    if (!powers.includes(power)) powers.push(power)
    next = applied.state
  }
  return isGood(next) ? powers : undefined
}

/** Yields every agent that may have power over a thing, the most powerful first. */
function* possibleIssuers(thing: Thing, state: State): IterableIterator<Agent> {
  yield* state.administrators
  const organization = findOrganization(thing, state)
  if (organization !== undefined) yield* findRow(state.organizations, organization)?.admins ?? []
  if (thing.type === 'providerAccount') yield* managersOf(thing.id, state)
  if (thing.type === 'teamMembers') yield* teamManagersOf(thing.id, state)
  if (thing.type === 'userTokens') yield { type: 'user', id: thing.id }
}

/**
 * Yields every agent that manages a provider account. The manager role belongs to the agent itself or to a team of the
 * agent.
 */
function* managersOf(account: string, state: State): IterableIterator<Agent> {
  const { providerAccountUsers, providerAccountVirtualAccounts, providerAccountTeams } = state.index
  for (const id of related(providerAccountUsers, account))
    if (isManager(findRow(state.users, id), account)) yield { type: 'user', id }
  for (const id of related(providerAccountVirtualAccounts, account)) {
    if (isManager(findRow(state.virtualAccounts, id), account)) yield { type: 'virtualAccount', id }
  }
  for (const team of related(providerAccountTeams, account)) {
    if (isManager(findRow(state.teams, team), account)) yield* membersOf(team, state)
  }
}

type RoleGrants =
  | { readonly roleGrants: readonly { readonly providerAccount: string; readonly role: string }[] }
  | undefined

const isManager = (holder: RoleGrants, account: string): boolean =>
  holder?.roleGrants.some(({ providerAccount, role }) => providerAccount === account && role === 'manager') === true

function* membersOf(team: string, state: State): IterableIterator<Agent> {
  for (const id of related(state.index.teamMembers, team)) yield { type: 'user', id }
}

function* teamManagersOf(team: string, state: State): IterableIterator<Agent> {
  for (const agent of membersOf(team, state)) {
    const places = findRow(state.users, agent.id)?.teams ?? []
    if (places.some((place) => place.team === team && place.role === 'manager')) yield agent
  }
}
