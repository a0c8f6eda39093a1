import type { State } from '../../../src/model/state/state.ts'
import { findRow, idsOf } from '../../../src/model/table/table.ts'
import type { ActingAgent, Actor } from '../../../src/model/value/principal.ts'
import { authorizeParsed } from '../../../src/policy/authorize.ts'
import type { Thing, Who } from '../../../src/policy/request/request.ts'
import { rowsIn } from '../../../src/testing/arbitrary/state.ts'
import { isBounded } from './actor.ts'
import { type Act, hasRole, isOf, isWhole, powersOf } from './judge.ts'

function thingOf(text: string): Thing {
  const gap = text.indexOf(' ')
  return { type: text.slice(0, gap), id: text.slice(gap + 1) } as Thing
}

/** Every thing of a state that a bounded agent may have power over, as a text. */
function things(state: State): string[] {
  const all = (type: string, ids: Iterable<string>) => [...ids].map((id) => `${type} ${id}`)
  return [
    ...all('organization', idsOf(state.organizations)),
    ...all('team', idsOf(state.teams)),
    ...all('teamMembers', idsOf(state.teams)),
    ...all('virtualAccount', idsOf(state.virtualAccounts)),
    ...all('providerAccount', idsOf(state.providerAccounts)),
    ...all('userTokens', idsOf(state.users)),
  ]
}

function boundedAgents(state: State): ActingAgent[] {
  const all: ActingAgent[] = [
    ...[...idsOf(state.users)].map((id) => ({ type: 'user', id }) as const),
    ...[...idsOf(state.virtualAccounts)].map((id) => ({ type: 'virtualAccount', id }) as const),
  ]
  return all.filter((agent) => isBounded(agent, state))
}

/** The law of `authorize`: an agent, and the bearer of its credential, manages what the contract's table gives, and nothing else. */
export function* manageViolations(state: State, at: number): IterableIterator<string> {
  const ask = (who: Who, thing: string): boolean =>
    authorizeParsed({ type: 'manage', who, thing: thingOf(thing), at }, state).effect === 'allow'
  const all = things(state)
  for (const agent of boundedAgents(state)) {
    const powers = powersOf(agent, at, state)
    for (const thing of all)
      if (ask(agent, thing) !== powers.has(thing)) yield `manage: ${agent.id} over ${thing} is ${!powers.has(thing)}`
  }
  for (const row of rowsIn(state, 'credentials')) {
    const { id, owner, team, revokedAt, suspendedBy, expiresAt = at + 1 } = row
    const isWorking = revokedAt === undefined && suspendedBy === undefined && expiresAt > at
    const agent: ActingAgent | undefined =
      owner.type === 'team' ? undefined : owner.type === 'user' && team !== undefined ? { ...owner, team } : owner
    if (agent === undefined ? false : !isBounded(agent, state)) continue
    const powers =
      agent !== undefined && isWorking && isWhole(row, at, state) ? powersOf(agent, at, state) : new Set<string>()
    for (const thing of all) {
      if (ask({ type: 'credential', id }, thing) !== powers.has(thing))
        yield `manage: bearer of ${id} over ${thing} is ${!powers.has(thing)}`
    }
  }
}

/** The agents that hand out power by an act: its actor and, for an acceptance, the inviter. */
function giversOf({ command, before }: Act): Actor[] {
  if (!isOf(command, 'AcceptInvitation')) return [command.actor]
  const invitation = findRow(before.teams, command.team)?.invitations.find(({ user }) => user === command.user)
  return invitation === undefined ? [command.actor] : [command.actor, invitation.invitedBy]
}

/** The law of power: an agent gains power only over what a giver had power over at the instant, and only by a command that gives it. */
export function* powerViolations(act: Act): IterableIterator<string> {
  const { command, before, after, at } = act
  const givers = giversOf(act)
  const held = givers.map((giver) =>
    giver.type === 'system' || !isBounded(giver, before) ? undefined : powersOf(giver, at, before),
  )
  for (const agent of boundedAgents(after)) {
    const had = powersOf(agent, at, before)
    for (const thing of powersOf(agent, at, after)) {
      if (had.has(thing)) continue
      const isHeld = held.some((powers) => powers === undefined || powers.has(thing))
      const isMade = isOf(command, 'CreateTeam', 'CreateVirtualAccount')
      const isLifted = isOf(command, 'ActivateTeam') && thing === `teamMembers ${command.team}`
      const isGiving = isOf(
        command,
        'GrantRole',
        'AddTeamMember',
        'AcceptInvitation',
        'ChangeTeamMemberRole',
        'ActivateTeam',
        'ActivateVirtualAccount',
      )
      if (
        isMade
          ? thing.endsWith(isOf(command, 'CreateTeam') ? command.team : command.virtualAccount)
          : isLifted || (isGiving && isHeld)
      )
        continue
      yield `power: ${agent.type} ${agent.id} gained ${thing}`
    }
  }
  yield* keyPowerViolations(act)
}

/** A key of a virtual account is opened only by an actor with every power of the account. */
function* keyPowerViolations({ command, events, before, after, at }: Act): IterableIterator<string> {
  const opened = events.find(({ type }) => /^Credential(Issued|Rotated|Activated)$/.test(type))
  if (opened === undefined || !('credential' in opened)) return
  const owner = findRow(after.credentials, opened.credential)?.owner
  if (owner?.type !== 'virtualAccount') return
  const powers = powersOf(command.actor as ActingAgent, at, before)
  for (const thing of powersOf(owner, at, after))
    if (!powers.has(thing)) yield `power: key ${opened.credential} gives ${thing} by ${JSON.stringify(command.actor)}`
  if (!isBounded(owner, before)) yield `power: key ${opened.credential} is one of an administrator`
}

/** The law of loss of power: an agent loses power only over what the actor manages, or by its own act. */
export function* powerLosses(act: Act): IterableIterator<string> {
  const { command, before, after, at } = act
  const { actor } = command
  for (const agent of boundedAgents(before)) {
    const has = powersOf(agent, at, after)
    for (const thing of powersOf(agent, at, before)) {
      if (has.has(thing) || (actor.type !== 'system' && agent.type === actor.type && agent.id === actor.id)) continue
      if (isLossPermitted(act, agent, thing)) continue
      yield `loss: ${agent.type} ${agent.id} lost ${thing}`
    }
  }
}

function isLossPermitted({ command, before, at }: Act, agent: ActingAgent, thing: string): boolean {
  if (isOf(command, 'RevokeRole')) return thing === `providerAccount ${command.providerAccount}`
  if (isOf(command, 'ChangeTeamMemberRole')) return thing === `teamMembers ${command.team}` && agent.id === command.user
  if (isOf(command, 'RemoveTeamMember')) return agent.id === command.user && isByTeam(thing, command.team, before, at)
  if (isOf(command, 'SuspendTeam', 'DeleteTeam'))
    return isByTeam(thing, command.team, before, at) || thing === `team ${command.team}`
  if (isOf(command, 'SuspendVirtualAccount', 'DeleteVirtualAccount')) {
    return (
      thing === `virtualAccount ${command.virtualAccount}` ||
      (agent.type === 'virtualAccount' && agent.id === command.virtualAccount)
    )
  }
  return false
}

/** Whether a member of a team may have a power by the team. */
function isByTeam(thing: string, team: string, state: State, at: number): boolean {
  if (thing === `teamMembers ${team}`) return true
  return (
    thing.startsWith('providerAccount ') &&
    hasRole(findRow(state.teams, team), thing.slice('providerAccount '.length), at)
  )
}
