import { type Invitation, invitationLimit } from '../../model/noun/invitation.ts'
import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import type { Instant } from '../../model/value/instant.ts'
import { quote } from '../../model/value/quote.ts'
import { findPower } from '../../policy/manage.ts'
import type {
  AcceptInvitation,
  DeclineInvitation,
  InviteTeamMember,
  WithdrawInvitation,
} from '../message/command/invitation.ts'
import type { Envelope } from '../message/envelope.ts'
import type {
  InvitationAccepted,
  InvitationDeclined,
  InvitationWithdrawn,
  TeamMemberInvited,
} from '../message/event/invitation.ts'
import { type Rejection, rejection } from '../message/rejection.ts'
import { findBounded, refuseActor } from '../rule/actor.ts'
import { accept, type Decided, eventOf, reject, unchanged } from '../rule/decided.ts'
import { refusePowerExceeded } from '../rule/delegation.ts'
import { refuseManyTeams } from '../rule/limit.ts'
import { findInvitation, type Place, withoutInvitation } from '../rule/place.ts'
import { refuseUnknown } from '../rule/reference.ts'
import { changeRow, findPrincipalRow, isSame } from '../rule/row.ts'
import { isOver, refuseWindow } from '../rule/window.ts'
import { findMembership, refuseOtherRole, refuseUnknownTeam } from './membership.ts'

export function inviteTeamMember(command: InviteTeamMember, state: State): Decided {
  const { at, team, user, role = 'member', expiresAt } = command
  const refused =
    refusePowerExceeded(command, { type: 'team', id: team }, ['team'], state) ??
    refuseUnknown('team', team, ['team'], state) ??
    refuseOtherRole({ user, team }, role, state) ??
    refuseWindow({ expiresAt }, at) ??
    refuseFull(command, state)
  if (refused) return reject(refused)
  if (findMembership(command, state) !== undefined) return unchanged
  if (isInvitedAlready({ ...command, role }, state)) return unchanged
  return accept(eventOf(command, 'TeamMemberInvited', { team, user, role, expiresAt }))
}

/** Whether the team already has an invitation with the user, role, end and inviter of this command or event. */
export function isInvitedAlready(command: InviteTeamMember | TeamMemberInvited, state: State): boolean {
  const old = findInvitation(command, state)
  if (old === undefined || isAnotherInviter(old, state)) return false
  return old.role === command.role && old.expiresAt === command.expiresAt && isSame(old.invitedBy, command.actor)
}

/** Refuses an invitation if the team has `invitationLimit` open invitations of other users. */
export function refuseFull({ at, team, user }: Envelope & Place, state: State): Rejection | undefined {
  if (openInvitations(findRow(state.teams, team)?.invitations ?? [], user, at).length < invitationLimit)
    return undefined
  const message = `team ${quote(team)} has ${invitationLimit} open invitations, withdraw one first`
  return rejection('invitations_exceeded', ['team'], message, { reference: { type: 'team', id: team } })
}

/** Returns the invitations of a team that have not ended, without the invitation of `user`. */
function openInvitations(invitations: readonly Invitation[], user: string, at: Instant): readonly Invitation[] {
  return invitations.filter((invitation) => invitation.user !== user && !isOver(invitation, at))
}

export function teamMemberInvited(state: State, event: TeamMemberInvited): State {
  const { at, actor, team, user, role, expiresAt } = event
  const ends = expiresAt === undefined ? {} : { expiresAt }
  const added = { user, role, invitedBy: actor, ...ends, createdAt: at, incarnation: state.version + 1 }
  return changeRow(state, 'teams', team, (draft, { invitations }) => {
    draft.invitations = [...openInvitations(invitations, user, at), added]
  })
}

export function withdrawInvitation(command: WithdrawInvitation, state: State): Decided {
  const { team, user } = command
  const refused = refuseUnknown('team', team, ['team'], state)
  if (refused) return reject(refused)
  const isInvited = findInvitation(command, state) !== undefined
  return isInvited ? accept(eventOf(command, 'InvitationWithdrawn', { team, user })) : unchanged
}

export function invitationWithdrawn(state: State, event: InvitationWithdrawn): State {
  return withoutInvitation(state, event)
}

export function acceptInvitation(command: AcceptInvitation, state: State): Decided {
  const { at, team, user } = command
  const refused = refuseUnknown('user', user, ['user'], state) ?? refuseUnknownTeam(command, team, state)
  if (refused) return reject(refused)
  if (findMembership(command, state) !== undefined) return unchanged
  const invitation = findInvitation(command, state)
  if (invitation === undefined || isOver(invitation, at)) return reject(invitationUnknown(command, invitation))
  const unable = refuseInviter(command, invitation, state) ?? refuseManyTeams(user, state)
  if (unable) return reject(unable)
  return accept(
    eventOf(command, 'InvitationAccepted', { team, user }),
    eventOf(command, 'TeamMemberAdded', { team, user, role: invitation.role }),
  )
}

function invitationUnknown({ team, user }: Place, ended: Invitation | undefined): Rejection {
  const who = `user ${quote(user)} is not invited to team ${quote(team)}`
  const message =
    ended === undefined ? `${who}, ask for an invitation` : `${who}, the invitation has ended, ask for a new one`
  return rejection('invitation_unknown', ['team'], message, { reference: { type: 'team', id: team } })
}

/**
 * Refuses an invitation whose inviter could not invite now: the inviter is deleted, suspended, or may no longer add
 * members to the team.
 */
function refuseInviter({ at, team }: Envelope & Place, invitation: Invitation, state: State): Rejection | undefined {
  const inviter = invitation.invitedBy
  const bounded = findBounded(inviter, state)
  const lacksPower =
    isAnotherInviter(invitation, state) ||
    refuseActor(inviter, state) !== undefined ||
    (bounded !== undefined && findPower(bounded, { type: 'teamMembers', id: team }, state, at) === undefined) ||
    refusePowerExceeded({ actor: inviter, at }, { type: 'team', id: team }, ['team'], state) !== undefined
  if (!lacksPower) return undefined
  const message = `the sender of the invitation may no longer invite to team ${quote(team)}, ask another manager of the team to invite again`
  return rejection('power_exceeded', ['team'], message, { reference: { type: 'team', id: team } })
}

/** Whether the inviter no longer exists. An agent that was created later with the inviter's id is not the inviter. */
function isAnotherInviter({ invitedBy, incarnation }: Invitation, state: State): boolean {
  if (invitedBy.type === 'system') return false
  const row = findPrincipalRow(state, invitedBy)
  return row === undefined || row.incarnation > incarnation
}

export function invitationAccepted(state: State, event: InvitationAccepted): State {
  return withoutInvitation(state, event)
}

export function declineInvitation(command: DeclineInvitation, state: State): Decided {
  const { team, user } = command
  const refused = refuseUnknown('user', user, ['user'], state) ?? refuseUnknownTeam(command, team, state)
  if (refused) return reject(refused)
  const isInvited = findInvitation(command, state) !== undefined
  return isInvited ? accept(eventOf(command, 'InvitationDeclined', { team, user })) : unchanged
}

export function invitationDeclined(state: State, event: InvitationDeclined): State {
  return withoutInvitation(state, event)
}
