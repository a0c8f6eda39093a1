import type { State } from '../../../src/model/state/state.ts'
import { findRow, idsOf } from '../../../src/model/table/table.ts'
import type { ActingAgent, Actor, Agent } from '../../../src/model/value/principal.ts'
import { rowsIn } from '../../../src/testing/arbitrary/state.ts'
import type { Random } from '../../bench/random.ts'
import type { Body } from './command.ts'

/** Whether an actor is neither `system` nor an administrator. A user that acts with a token for a team is bounded, too. */
export function isBounded(actor: Actor, state: State): boolean {
  if (actor.type === 'system') return false
  if (actor.type === 'user' && actor.team !== undefined) return true
  return !state.administrators.some(({ type, id }) => type === actor.type && id === actor.id)
}

/** Draws a bounded actor of a state, more often one with power; sometimes a user with a token for one of its teams. */
export function drawActor(random: Random, state: State): ActingAgent | undefined {
  const admins = rowsIn(state, 'organizations').flatMap((row) => row.admins)
  const holders = (['users', 'virtualAccounts'] as const).flatMap((kind) =>
    rowsIn(state, kind).flatMap((row): Agent[] =>
      row.roleGrants.some((one) => one.role === 'manager')
        ? [{ type: kind === 'users' ? 'user' : 'virtualAccount', id: row.id }]
        : [],
    ),
  )
  const leads = rowsIn(state, 'users').filter(({ teams }) => teams.some((one) => one.role === 'manager'))
  const pools: readonly (readonly Agent[])[] = [
    [...admins],
    holders,
    leads.map(({ id }): Agent => ({ type: 'user', id })),
    [...idsOf(state.users)].map((id): Agent => ({ type: 'user', id })),
    [...idsOf(state.virtualAccounts)].map((id): Agent => ({ type: 'virtualAccount', id })),
  ]
  const pool = random.pick(pools)
  if (pool.length === 0) return undefined
  const agent = random.pick(pool)
  const teams = agent.type === 'user' ? (findRow(state.users, agent.id)?.teams ?? []) : []
  const actor: ActingAgent =
    agent.type === 'user' && teams.length > 0 && random.chance(0.15)
      ? { ...agent, team: random.pick(teams).team }
      : agent
  return isBounded(actor, state) ? actor : undefined
}

/** Replaces fields of a command so that it meets what the state has: an open invitation, a member, a suspension. */
export function aimed(body: Body, actor: ActingAgent, random: Random, state: State): Body {
  const users = rowsIn(state, 'users')
  const managed = rowsIn(state, 'teams').filter(({ id, organization }) => isLed(actor, id, organization, state))
  const invitations = rowsIn(state, 'teams').flatMap(({ id, invitations: open }) =>
    open.filter(({ user }) => actor.type === 'user' && user === actor.id).map(({ user }) => ({ team: id, user })),
  )
  if (/^(Accept|Decline)/.test(body.type) && invitations.length > 0) return { ...body, ...random.pick(invitations) }
  if (/TeamMember/.test(body.type) && managed.length > 0) {
    const team = random.pick(managed)
    const isAdding = /^(Add|Invite)/.test(body.type)
    const inOrganization = users.filter(({ teams }) =>
      teams.some((one) =>
        isAdding ? findRow(state.teams, one.team)?.organization === team.organization : one.team === team.id,
      ),
    )
    if (inOrganization.length > 0) return { ...body, team: team.id, user: random.pick(inOrganization).id }
  }
  if (body.type === 'IssueCredential' && actor.type === 'user' && random.chance(0.5)) {
    const places = findRow(state.users, actor.id)?.teams ?? []
    const { team: _, ...rest } = body
    if (places.length > 0) return { ...rest, owner: { type: 'user', id: actor.id }, team: random.pick(places).team }
  }
  if (body.type === 'RequestAccess' && actor.type === 'user') {
    const places = findRow(state.users, actor.id)?.teams ?? []
    const bots = [...idsOf(state.virtualAccounts)].map((id) => ({ type: 'virtualAccount', id }) as const)
    const members = places.map(({ team }) => ({ type: 'member', team, user: actor.id }) as const)
    return { ...body, subject: random.pick([{ type: 'user', id: actor.id } as const, ...bots, ...members, ...members]) }
  }
  if (/^(Approve|Deny)Access$|^WithdrawRequest$/.test(body.type)) {
    const pending = rowsIn(state, 'accessRequests').filter(({ outcome }) => outcome === undefined)
    const own = pending.filter(({ requester, organization = '' }) => {
      const admins = findRow(state.organizations, organization)?.admins ?? []
      return requester !== actor.id && admins.some(({ type, id }) => type === actor.type && id === actor.id)
    })
    const pool = own.length > 0 && body.type !== 'WithdrawRequest' ? own : pending
    if (pool.length > 0) return { ...body, request: random.pick(pool).id }
  }
  if (/^Activate(Team|VirtualAccount|Credential)$/.test(body.type)) return activation(body, random, state)
  if (body.type === 'SetDefaultTeam' && actor.type === 'user') {
    const places = findRow(state.users, actor.id)?.teams ?? []
    if (places.length > 0) return { ...body, user: actor.id, team: random.pick(places).team }
  }
  return body
}

function activation(body: Body, random: Random, state: State): Body {
  const [kind, field] =
    body.type === 'ActivateTeam'
      ? (['teams', 'team'] as const)
      : body.type === 'ActivateCredential'
        ? (['credentials', 'credential'] as const)
        : (['virtualAccounts', 'virtualAccount'] as const)
  const suspended = rowsIn(state, kind).filter(({ suspendedBy }) => suspendedBy !== undefined)
  return suspended.length === 0 ? body : { ...body, [field]: random.pick(suspended).id }
}

function isLed(actor: ActingAgent, team: string, organization: string, state: State): boolean {
  const admins = findRow(state.organizations, organization)?.admins ?? []
  if (admins.some(({ type, id }) => type === actor.type && id === actor.id)) return true
  const places = actor.type === 'user' ? (findRow(state.users, actor.id)?.teams ?? []) : []
  return places.some((one) => one.team === team && one.role === 'manager')
}
