import { dropRow, putRow } from '../../model/state/put-row.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { findRow, getRow } from '../../model/table/table.ts'
import { quote } from '../../model/value/quote.ts'
import { forever } from '../../model/value/window.ts'
import type {
  ActivateTeam,
  CreateTeam,
  DeleteTeam,
  SetTeamPlan,
  SuspendTeam,
  UpdateTeam,
} from '../message/command/team.ts'
import type { Envelope } from '../message/envelope.ts'
import type {
  TeamActivated,
  TeamCreated,
  TeamDeleted,
  TeamPlanSet,
  TeamSuspended,
  TeamUpdated,
} from '../message/event/team.ts'
import type { Event } from '../message/event.ts'
import { type Rejection, rejection } from '../message/rejection.ts'
import { isMeteredFrom } from '../rule/actor.ts'
import { credentialsDeleted, restrictionsDeleted, tokensDeleted } from '../rule/cascade.ts'
import { accept, acceptAll, type Decided, eventOf, reject, unchanged } from '../rule/decided.ts'
import { refuseEntitlementExceeded, refusePowerExceeded, refuseShed } from '../rule/delegation.ts'
import { refuseAnyUnknown, refuseExisting, refuseUnknown } from '../rule/reference.ts'
import { changesOf, distinctIds, patched } from '../rule/row.ts'
import { creditsFor } from './credit.ts'
import { withoutMember } from './membership.ts'

export function createTeam(command: CreateTeam, state: State): Decided {
  const { team, organization, plan, accessGroups = [] } = command
  const groups = accessGroups.map((id, i) => [id, ['accessGroups', i]] as const)
  const refused =
    refuseEntitlementExceeded(command, organization, groups, state) ??
    refuseUnknown('organization', organization, ['organization'], state) ??
    refuseAnyUnknown('accessGroup', accessGroups, ['accessGroups'], state) ??
    (plan === undefined ? undefined : refuseUnknown('plan', plan, ['plan'], state)) ??
    refuseUnpaid(command, state) ??
    refuseExisting('team', team, ['team'], state)
  return refused ? reject(refused) : acceptAll(teamCreation(command, state))
}

/** Refuses a team that is said to have no wallet on a plan that brings credits to it. */
function refuseUnpaid({ team, plan, metered }: CreateTeam, state: State): Rejection | undefined {
  if (plan === undefined || metered !== false || findRow(state.plans, plan)?.credits === undefined) return undefined
  const message = `team ${quote(team)} would have no wallet for the credits of plan ${quote(plan)}, leave \`metered\` out or make it true`
  return rejection('wallet_unknown', ['metered'], message, { reference: { type: 'team', id: team } })
}

function* teamCreation(command: CreateTeam, state: State): IterableIterator<Event> {
  const { team, organization, name, plan, accessGroups = [], credits } = command
  const metered = command.metered ?? isMeteredFrom(command.actor, state)
  const brought = plan === undefined ? undefined : getRow(state.plans, plan).credits
  yield eventOf(command, 'TeamCreated', {
    team,
    organization,
    name,
    metered: metered || credits !== undefined || brought !== undefined,
    plan,
    accessGroups: distinctIds(accessGroups),
  })
  const wallet = { type: 'team', id: team, incarnation: state.version + 1 } as const
  yield* creditsFor(command, wallet, brought)
  yield* creditsFor(command, wallet, credits)
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
    accessGroups: accessGroups.map((accessGroup) => ({ accessGroup, windows: forever })),
    roleGrants: [],
    createdAt: at,
    incarnation: state.version + 1,
  })
}

export function updateTeam(command: UpdateTeam, state: State): Decided {
  const { team, name, metered } = command
  const refused = refuseUnknown('team', team, ['team'], state)
  if (refused) return reject(refused)
  const changes = changesOf(getRow(state.teams, team), { name, metered })
  return changes ? accept(eventOf(command, 'TeamUpdated', { team, ...changes })) : unchanged
}

export function teamUpdated(state: State, { team, name, metered }: TeamUpdated): State {
  return putRow(state, 'teams', patched(getRow(state.teams, team), { name, metered }))
}

export function suspendTeam(command: SuspendTeam, state: State): Decided {
  const { team } = command
  const refused = refuseUnknown('team', team, ['team'], state)
  if (refused) return reject(refused)
  return getRow(state.teams, team).status === 'suspended'
    ? unchanged
    : accept(eventOf(command, 'TeamSuspended', { team }))
}

export function teamSuspended(state: State, { team }: TeamSuspended): State {
  return putRow(state, 'teams', { ...getRow(state.teams, team), status: 'suspended' })
}

export function activateTeam(command: ActivateTeam, state: State): Decided {
  const { team } = command
  const refused =
    refusePowerExceeded(command, { type: 'team', id: team }, ['team'], state) ??
    refuseUnknown('team', team, ['team'], state)
  if (refused) return reject(refused)
  return getRow(state.teams, team).status === 'active' ? unchanged : accept(eventOf(command, 'TeamActivated', { team }))
}

export function teamActivated(state: State, { team }: TeamActivated): State {
  return putRow(state, 'teams', { ...getRow(state.teams, team), status: 'active' })
}

export function deleteTeam(command: DeleteTeam, state: State): Decided {
  const { team } = command
  const refused =
    refuseShed(command, { type: 'team', id: team }, ['team'], state) ?? refuseUnknown('team', team, ['team'], state)
  return refused ? reject(refused) : acceptAll(teamDeletion(command, command.team, state))
}

/** What the deletion of a team comes to. */
export function* teamDeletion(command: Envelope, team: string, state: State): IterableIterator<Event> {
  yield* credentialsDeleted(command, { type: 'team', id: team }, state)
  for (const user of related(state.index.teamMembers, team)) yield* tokensDeleted(command, user, team, state)
  yield* restrictionsDeleted(command, { type: 'team', id: team }, state)
  yield eventOf(command, 'TeamDeleted', { team })
}

export function teamDeleted(state: State, { team }: TeamDeleted): State {
  let next = state
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
  const { metered, incarnation } = getRow(state.teams, team)
  const credits = plan === null ? undefined : findRow(state.plans, plan)?.credits
  yield eventOf(command, 'TeamPlanSet', { team, plan })
  if (credits !== undefined && !metered) yield eventOf(command, 'TeamUpdated', { team, metered: true })
  yield* creditsFor(command, { type: 'team', id: team, incarnation }, credits)
}

export function teamPlanSet(state: State, { team, plan }: TeamPlanSet): State {
  return putRow(state, 'teams', patched(getRow(state.teams, team), { plan }))
}
