import type { Team } from '../../../model/noun/team.ts'
import type { User } from '../../../model/noun/user.ts'
import type { VirtualAccount } from '../../../model/noun/virtual-account.ts'
import type { State } from '../../../model/state/state.ts'
import { findRow } from '../../../model/table/table.ts'
import type { Principal } from '../../../model/value/principal.ts'
import { findWindow } from '../../../model/value/window.ts'
import type { DenialReason } from '../../../policy/decision/denial.ts'
import { findPower, isKnownThing } from '../../../policy/manage.ts'
import type { ManageRequest, Thing } from '../../../policy/request/request.ts'
import { credentialOf, principalOf } from './decision-trace.ts'
import type { Fact } from './fact.ts'
import { firstFacts } from './held-group.ts'
import { restrictedBy, restrictionFact } from './restriction-fact.ts'

/** Returns the facts for one guard (check) of a manage request. */
export function manageFacts(reason: DenialReason, request: ManageRequest, state: State): readonly Fact[] {
  const credential = credentialOf(request.who, state)
  const principal = principalOf(request.who, state)
  if (principal === undefined) return []
  if (reason === 'operation_out_of_scope') {
    return credential === undefined
      ? []
      : [{ type: 'operations', credential: credential.id, operations: credential.operations }]
  }
  if (reason === 'credential_out_of_scope') {
    return credential === undefined
      ? []
      : [{ type: 'scopeNotAll', credential: credential.id, isAll: credential.scope.type === 'all' }]
  }
  const { thing } = request
  return [
    ...restrictedBy(credential, request.at, state).map(restrictionFact),
    { type: 'thing', thing, exists: isKnownThing(thing, state) },
    powerFact(principal, credential?.team, request, state),
    ...roleFacts(principal, credential?.team, request, state),
  ]
}

function powerFact(principal: Principal, team: string | undefined, { thing, at }: ManageRequest, state: State): Fact {
  const agent = principal.type === 'user' && team !== undefined ? { ...principal, team } : principal
  const power = agent.type === 'team' ? undefined : findPower(agent, thing, state, at)
  if (power === undefined) return { type: 'power', principal, power: 'none' }
  return { type: 'power', principal, power: power.power, ...(power.until === undefined ? {} : { until: power.until }) }
}

/** A principal that may hold roles, with the row of the principal. */
export interface RoleHolder {
  readonly principal: Principal
  readonly row: User | Team | VirtualAccount
}

/**
 * Returns the principals whose manager roles may count for an agent: the agent and its teams, suspended teams included.
 * If `tokenTeam` is set, only that team.
 */
export function roleHoldersOf(principal: Principal, state: State, tokenTeam?: string): readonly RoleHolder[] {
  const { type, id } = principal
  if (type === 'virtualAccount') {
    const row = findRow(state.virtualAccounts, id)
    return row === undefined ? [] : [{ principal, row }]
  }
  const user = type === 'user' ? findRow(state.users, id) : undefined
  if (user === undefined) return []
  const teams = user.teams.flatMap(({ team }) => {
    const row = findRow(state.teams, team)
    return row === undefined ? [] : [{ principal: { type: 'team', id: team } as const, row }]
  })
  if (tokenTeam !== undefined) return teams.filter((holder) => holder.principal.id === tokenTeam)
  return [{ principal, row: user }, ...teams]
}

/** Returns the teams that may give an agent power over a thing. Suspended teams are included. */
export function managingTeams(principal: Principal, thing: Thing, state: State): readonly string[] {
  if (thing.type === 'teamMembers') return [thing.id]
  if (thing.type !== 'providerAccount') return []
  return roleHoldersOf(principal, state).flatMap((holder) =>
    holder.principal.type === 'team' ? [holder.principal.id] : [],
  )
}

/**
 * Returns facts about each role on the provider account to manage. Includes roles of the agent and of the agent's
 * teams.
 */
function roleFacts(
  principal: Principal,
  team: string | undefined,
  { thing, at }: ManageRequest,
  state: State,
): readonly Fact[] {
  if (thing.type !== 'providerAccount') return []
  const facts = roleHoldersOf(principal, state, team).flatMap(({ principal: holder, row }) =>
    row.roleGrants
      .filter(({ providerAccount }) => providerAccount === thing.id)
      .map(({ providerAccount, role, windows }): Fact => {
        const isInForce = findWindow(windows, at) !== undefined
        return { type: 'heldRole', principal: holder, providerAccount, role, windows, isInForce, isRelevant: true }
      }),
  )
  return firstFacts(facts)
}
