import type { State } from '../../../model/state/state.ts'
import { findRow } from '../../../model/table/table.ts'
import { isSamePrincipal, type Principal } from '../../../model/value/principal.ts'
import { findWindow } from '../../../model/value/window.ts'
import { authorize } from '../../../policy/authorize.ts'
import type { ManageDecision, Power } from '../../../policy/decision/decision.ts'
import { findOrganization, isKnownThing } from '../../../policy/manage.ts'
import type { ManageRequest, Thing } from '../../../policy/request/request.ts'
import { credentialOf, principalOf } from '../trace/decision-trace.ts'
import { managingTeams, roleHoldersOf } from '../trace/fact-manage.ts'
import { restrictedBy } from '../trace/restriction-fact.ts'
import { type CommandBody, stateAfterBodies } from '../trace/what-if.ts'
import { nearestEdges } from './grant-miss.ts'
import type { NearMiss } from './near-miss.ts'
import { activationsOf, suspendedOf, suspendersOf } from './team-miss.ts'
import { restrictionMiss } from './use-miss.ts'

/** For each type of thing to manage, the powers that suffice, in the order in which `authorize` checks powers. */
export const powersOver: Readonly<Record<Thing['type'], readonly Power[]>> = {
  platform: ['administrator'],
  organization: ['administrator', 'organizationAdmin'],
  team: ['administrator', 'organizationAdmin'],
  teamMembers: ['administrator', 'organizationAdmin', 'teamManager'],
  virtualAccount: ['administrator', 'organizationAdmin'],
  providerAccount: ['administrator', 'providerAccountManager'],
  userTokens: ['administrator', 'self'],
}

/** The near misses of a denied manage request. */
export function manageMisses(request: ManageRequest, decision: ManageDecision, state: State): readonly NearMiss[] {
  if (decision.effect === 'allow') return []
  const credential = credentialOf(request.who, state)
  if (decision.reason === 'operation_out_of_scope') {
    return credential === undefined ? [] : [{ type: 'operationsNotAll', credential: credential.id }]
  }
  if (decision.reason === 'credential_out_of_scope') {
    return credential === undefined ? [] : [{ type: 'scopeNotAll', credential: credential.id }]
  }
  const principal = principalOf(request.who, state)
  if (decision.reason !== 'management_not_granted' || principal === undefined) return []
  const restricted = restrictedBy(credential, request.at, state)
  if (restricted.length > 0) return restricted.map(restrictionMiss)
  return [
    ...roleMisses(principal, request, state),
    ...suspendedMisses(principal, request, state),
    { type: 'sufficientPowers', powers: isKnownThing(request.thing, state) ? powersOver[request.thing.type] : [] },
  ]
}

/**
 * Returns a near miss for each manager role that has ended or not begun. Roles of the agent and of the agent's active
 * teams count.
 */
function roleMisses(principal: Principal, { who, thing, at }: ManageRequest, state: State): readonly NearMiss[] {
  if (thing.type !== 'providerAccount') return []
  return roleHoldersOf(principal, state, credentialOf(who, state)?.team)
    .filter((holder) => holder.principal.type !== 'team' || suspendedOf(holder.principal.id, state).length === 0)
    .flatMap(({ principal: holder, row }) =>
      row.roleGrants
        .filter(({ providerAccount, role }) => providerAccount === thing.id && role === 'manager')
        .filter(({ windows }) => findWindow(windows, at) === undefined)
        .flatMap(({ providerAccount, role, windows }): readonly NearMiss[] => {
          const { endedAt, startsAt } = nearestEdges(windows, at)
          const grant = { principal: holder, providerAccount, role }
          return [
            ...(endedAt === undefined ? [] : [{ type: 'roleEnded', ...grant, endedAt } as const]),
            ...(startsAt === undefined ? [] : [{ type: 'roleNotBegun', ...grant, startsAt } as const]),
          ]
        }),
    )
}

/**
 * Returns a near miss for each power that the agent lacks only because a team or organization is suspended. Checked by
 * ending the suspension in a copy of the state and deciding the request again.
 */
function suspendedMisses(principal: Principal, request: ManageRequest, state: State): readonly NearMiss[] {
  const misses: NearMiss[] = []
  for (const team of managingTeams(principal, request.thing, state)) {
    const suspended = suspendedOf(team, state)
    const organization = findRow(state.teams, team)?.organization
    if (suspended.length === 0 || organization === undefined) continue
    const power = powerAfter(activationsOf(team, state), request, state)
    if (power === 'organizationAdmin') continue
    if (power !== undefined) {
      const suspendedBy = suspendersOf(team, state)
      misses.push({ type: 'powerSuspended', power, team, organization, suspended, suspendedBy })
    }
  }
  return [...misses, ...adminMisses(principal, request, state)]
}

/**
 * Returns a near miss if the thing's organization is suspended and the agent is an admin of that organization. The near
 * miss names the power that the agent would have if the organization were active.
 */
function adminMisses(principal: Principal, request: ManageRequest, state: State): readonly NearMiss[] {
  const id = findOrganization(request.thing, state)
  const row = id === undefined ? undefined : findRow(state.organizations, id)
  if (row === undefined || row.status === 'active') return []
  if (!row.admins.some((admin) => isSamePrincipal(admin, principal))) return []
  const organization = row.id
  const power = powerAfter([{ type: 'ActivateOrganization', organization }], request, state)
  const suspendedBy = [row.suspendedBy ?? 'platform'] as const
  const suspended = ['organization'] as const
  return power === undefined ? [] : [{ type: 'powerSuspended', power, organization, suspended, suspendedBy }]
}

function powerAfter(bodies: readonly CommandBody[], request: ManageRequest, state: State): Power | undefined {
  const next = stateAfterBodies(bodies, request.at, state)
  const decision = next && authorize(request, next)
  return decision?.effect === 'allow' ? decision.power : undefined
}
