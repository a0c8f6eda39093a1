import { dropRow, putRow } from '../../model/state/put-row.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { findRow, getRow } from '../../model/table/table.ts'
import { quote } from '../../model/value/quote.ts'
import type { CreateTeam, DeleteTeam, SetTeamPlan, UpdateTeam } from '../message/command/team.ts'
import type { Envelope } from '../message/envelope.ts'
import type { TeamCreated, TeamDeleted, TeamPlanSet, TeamUpdated } from '../message/event/team.ts'
import type { Event } from '../message/event.ts'
import { type Rejection, rejection } from '../message/rejection.ts'
import { isMeteredByDefault } from '../rule/actor.ts'
import { allowanceBy, allowanceChanged, allowanceOf } from '../rule/allowance.ts'
import { credentialsDeleted, memberRestrictionsDeleted, restrictionsDeleted, tokensEnded } from '../rule/cascade.ts'
import { accept, acceptAll, type Decided, eventOf, reject, unchanged } from '../rule/decided.ts'
import { refuseEntitlementExceeded, refusePowerExceeded, refuseRestricted } from '../rule/delegation.ts'
import { withoutTeamRequests } from '../rule/pending-request.ts'
import { refuseAnyUnknown, refuseExisting, refuseUnknown } from '../rule/reference.ts'
import { assign, changeRow, changesOf, distinctIds } from '../rule/row.ts'
import { activate, refuseSuspended, suspend, withoutSuspension, withSuspension } from '../rule/status.ts'
import { refuseSuspendedCredentials } from '../rule/suspension.ts'
import { permanent } from './assignment.ts'
import { creditsAllocatedBy, planCreditsAllocated } from './credit.ts'
import { withoutMember } from './membership.ts'

export function createTeam(command: CreateTeam, state: State): Decided {
  const { team, organization, plan, accessGroups = [] } = command
  const groups = accessGroups.map((id, i) => [id, ['accessGroups', i]] as const)
  const refused =
    refuseEntitlementExceeded(command, organization, groups, state) ??
    refuseUnknown('organization', organization, ['organization'], state) ??
    refuseAnyUnknown('accessGroup', accessGroups, ['accessGroups'], state) ??
    (plan === undefined ? undefined : refuseUnknown('plan', plan, ['plan'], state)) ??
    refuseUnmetered(command, state) ??
    refuseExisting('team', team, ['team'], state)
  return refused ? reject(refused) : acceptAll(teamCreation(command, state))
}

/**
 * Refuses to create a team with `metered: false` on a plan with credits, since the team would have no wallet for the
 * credits.
 */
function refuseUnmetered({ team, plan, metered }: CreateTeam, state: State): Rejection | undefined {
  if (plan === undefined || metered !== false || findRow(state.plans, plan)?.credits === undefined) return undefined
  const message = `team ${quote(team)} would have no wallet for the credits of plan ${quote(plan)}, leave \`metered\` out or make it true`
  return rejection('wallet_unknown', ['metered'], message, { reference: { type: 'team', id: team } })
}

function* teamCreation(command: CreateTeam, state: State): IterableIterator<Event> {
  const { team, organization, name, plan, accessGroups = [], credits } = command
  const offer = plan === undefined ? undefined : getRow(state.plans, plan)
  const isFunded = credits !== undefined || offer?.credits !== undefined
  const metered = isFunded || (command.metered ?? isMeteredByDefault(command.actor, state))
  yield eventOf(command, 'TeamCreated', {
    team,
    organization,
    name,
    metered,
    plan,
    accessGroups: distinctIds(accessGroups),
  })
  const created = { id: team, incarnation: state.version + 1, creditedPlans: [] }
  if (offer !== undefined) yield* planCreditsAllocated(command, created, offer)
  yield* allowanceChanged(command, created, undefined, allowanceBy(offer?.credits, metered))
  yield* creditsAllocatedBy(command, { type: 'team', id: team, incarnation: created.incarnation }, credits)
}

export function teamCreated(state: State, event: TeamCreated): State {
  const { at, team, organization, name, metered, plan, accessGroups } = event
  return putRow(state, 'teams', {
    id: team,
    name,
    organization,
    status: 'active',
    metered,
    plan,
    creditedPlans: [],
    accessGroups: accessGroups.map(permanent),
    roleGrants: [],
    invitations: [],
    createdAt: at,
    incarnation: state.version + 1,
  })
}

export function updateTeam(command: UpdateTeam, state: State): Decided {
  const { team, name, metered } = command
  const refused = refuseUnknown('team', team, ['team'], state)
  if (refused) return reject(refused)
  const row = getRow(state.teams, team)
  const changes = changesOf(row, { name, metered })
  if (!changes) return unchanged
  const allowances = [allowanceOf(row, state), allowanceOf({ ...row, metered: metered ?? row.metered }, state)] as const
  return accept(eventOf(command, 'TeamUpdated', { team, ...changes }), ...allowanceChanged(command, row, ...allowances))
}

export function teamUpdated(state: State, { team, name, metered }: TeamUpdated): State {
  return changeRow(state, 'teams', team, (draft) => assign(draft, { name, metered }))
}

export const suspendTeam = suspend('team')
export const teamSuspended = withSuspension('team')
export const activateTeam = activate('team', (command, state) =>
  refusePowerExceeded(command, { type: 'team', id: command.team }, ['team'], state),
)
export const teamActivated = withoutSuspension('team')

export function deleteTeam(command: DeleteTeam, state: State): Decided {
  const { team } = command
  const refused =
    refuseRestricted(command, { type: 'team', id: team }, ['team'], state) ??
    refuseSuspended('team', command, state) ??
    refuseSuspendedCredentials(command, { type: 'team', id: team }, ['team'], state) ??
    refuseUnknown('team', team, ['team'], state)
  return refused ? reject(refused) : acceptAll(teamDeletion(command, state))
}

/** The events that delete a team. The last one ends the allowance of the team's wallet, if it has one. */
export function* teamDeletion(command: Envelope & Pick<DeleteTeam, 'team'>, state: State): IterableIterator<Event> {
  const { team } = command
  const row = getRow(state.teams, team)
  yield* credentialsDeleted(command, { type: 'team', id: team }, state)
  for (const user of related(state.index.teamMembers, team)) yield* tokensEnded(command, user, team, state)
  yield* restrictionsDeleted(command, { type: 'team', id: team }, state)
  yield* memberRestrictionsDeleted(command, { type: 'team', id: team }, state)
  yield eventOf(command, 'TeamDeleted', { team })
  yield* allowanceChanged(command, row, allowanceOf(row, state), undefined)
}

export function teamDeleted(state: State, { at, team }: TeamDeleted): State {
  let next = withoutTeamRequests(state, team, at)
  for (const user of related(state.index.teamMembers, team)) next = withoutMember(next, { team, user })
  return dropRow(next, 'teams', team)
}

export function setTeamPlan(command: SetTeamPlan, state: State): Decided {
  const { team, plan } = command
  const refused =
    refuseUnknown('team', team, ['team'], state) ??
    (plan === null ? undefined : refuseUnknown('plan', plan, ['plan'], state))
  if (refused) return reject(refused)
  return (getRow(state.teams, team).plan ?? null) === plan ? unchanged : acceptAll(planChange(command, state))
}

function* planChange(command: SetTeamPlan, state: State): IterableIterator<Event> {
  const { team, plan } = command
  const row = getRow(state.teams, team)
  const offer = plan === null ? undefined : getRow(state.plans, plan)
  const metered = row.metered || offer?.credits !== undefined
  yield eventOf(command, 'TeamPlanSet', { team, plan })
  if (metered !== row.metered) yield eventOf(command, 'TeamUpdated', { team, metered })
  if (offer !== undefined) yield* planCreditsAllocated(command, row, offer)
  yield* allowanceChanged(command, row, allowanceOf(row, state), allowanceBy(offer?.credits, metered))
}

export function teamPlanSet(state: State, { team, plan }: TeamPlanSet): State {
  return changeRow(state, 'teams', team, (draft) => {
    draft.plan = plan ?? undefined
  })
}
