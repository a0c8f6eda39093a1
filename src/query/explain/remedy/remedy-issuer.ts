import { apply } from '../../../change/apply.ts'
import type { Command } from '../../../change/message/command.ts'
import { thingOf } from '../../../change/thing-of.ts'
import type { State } from '../../../model/state/state.ts'
import { related } from '../../../model/table/relation.ts'
import { findRow } from '../../../model/table/table.ts'
import type { Agent } from '../../../model/value/principal.ts'
import { authorize } from '../../../policy/authorize.ts'
import type { Power } from '../../../policy/decision/decision.ts'
import { findOrganization, findPower } from '../../../policy/manage.ts'
import type { Request, Thing } from '../../../policy/request/request.ts'
import type { Issuer } from './remedy.ts'
import { asked, type Trial } from './remedy-search.ts'

/** The most issuers that are named, and the most agents that are tried. */
const issuerLimit = 10
const agentLimit = 200

/**
 * Who may give all the commands of a remedy, each tried with the agent as actor: the first ten, administrators first. Who
 * cannot manage what the first command is about is not even tried.
 */
export function issuersOf({ commands, change }: Trial, request: Request, state: State): readonly Issuer[] {
  const [first] = commands
  if (first === undefined) return []
  const issuers: Issuer[] = []
  const seen: Agent[] = []
  for (const agent of candidatesFor(thingOf(first, state), state)) {
    if (seen.some((one) => one.type === agent.type && one.id === agent.id)) continue
    seen.push(agent)
    const powers = powersOf(
      agent,
      commands,
      state,
      (next) => authorize(asked(request, change, commands), next).effect === 'allow',
    )
    if (powers !== undefined) issuers.push({ agent, powers })
    if (issuers.length === issuerLimit || seen.length === agentLimit) break
  }
  return issuers
}

/** By which powers an agent gives these commands, so that the end is the same; none when one of them is refused. */
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

/** Every agent that may have power over a thing, those that can do most first. */
function* candidatesFor(thing: Thing, state: State): IterableIterator<Agent> {
  yield* state.administrators
  const organization = findOrganization(thing, state)
  if (organization !== undefined) yield* findRow(state.organizations, organization)?.admins ?? []
  if (thing.type === 'providerAccount') yield* managersOf(thing.id, state)
  if (thing.type === 'teamMembers') yield* teamManagersOf(thing.id, state)
  if (thing.type === 'userTokens') yield { type: 'user', id: thing.id }
}

/** Everybody with a role on an account, in person or by a team. */
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

type Holder =
  | { readonly roleGrants: readonly { readonly providerAccount: string; readonly role: string }[] }
  | undefined

const isManager = (holder: Holder, account: string): boolean =>
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
