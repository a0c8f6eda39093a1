import * as z from 'zod'
import type { Invitation } from '../../../model/noun/invitation.ts'
import type { TeamRole } from '../../../model/noun/user.ts'
import type { State } from '../../../model/state/state.ts'
import { related } from '../../../model/table/relation.ts'
import { getRow } from '../../../model/table/table.ts'
import { Instant } from '../../../model/value/instant.ts'
import type { Actor } from '../../../model/value/principal.ts'
import { type EvaluationTime, evaluationTimeOf, noteBoundary, untilOf } from '../../../policy/evaluation-time.ts'
import { Name } from '../../../policy/request/request.ts'
import { lazy } from '../../lazy.ts'
import { answerQuery, parseQuery, type QueryFailure } from '../../query-fault.ts'

/**
 * An invitation that has not ended. Gives no access and no power before the user or an administrator accepts the
 * invitation.
 */
export interface PendingInvitation {
  /** The id of the invited user, who may not exist. */
  readonly user: string
  /** The role that the user will have in the team. */
  readonly role: TeamRole
  /**
   * The actor that sent the invitation. The invitation cannot be accepted while this actor lacks the power to invite.
   */
  readonly invitedBy: Actor
  /** The instant from which the invitation can no longer be accepted. Absent if the invitation has no end. */
  readonly expiresAt?: Instant
  readonly createdAt: Instant
}

/** A pending invitation of a user, with the team and the team's organization. */
export interface UserInvitation extends PendingInvitation {
  readonly team: string
  readonly organization: string
}

/** The result of `listInvitations`: the pending invitations of a user. */
export interface InvitationList {
  readonly ok: true
  readonly user: string
  /** The invitations that have not ended, sorted by team. */
  readonly invitations: readonly UserInvitation[]
  /** The list stays valid until this instant, unless the state changes earlier. */
  readonly until?: Instant
  readonly version: number
}

const Query = /* @__PURE__ */ lazy(() => z.strictObject({ user: Name, options: z.strictObject({ at: Instant }) }))

/**
 * Returns the invitations that a user can accept or decline. The user may not exist: an invitation may name a user who
 * is created later. Costs time proportional to the invitations of the teams that invited the user.
 */
export function listInvitations(
  user: string,
  state: State,
  options: { readonly at: Instant },
): InvitationList | QueryFailure {
  const parsed = parseQuery(Query(), { user, options }, { state })
  if (!parsed.ok) return parsed
  const { query } = parsed
  return answerQuery('state', () => invitationsOf(query.user, state, query.options.at))
}

function invitationsOf(user: string, state: State, at: Instant): InvitationList {
  const moment = evaluationTimeOf(at)
  const invitations = [...related(state.index.userInvitations, user)].sort().flatMap((team) => {
    const { organization, invitations: all } = getRow(state.teams, team)
    const own = all.filter((invitation) => invitation.user === user)
    return pendingOf(own, moment).map((invitation) => ({ team, organization, ...invitation }))
  })
  return { ok: true, user, invitations, ...untilOf(moment), version: state.version }
}

/**
 * Returns the invitations of a list that have not ended, sorted by user. Lowers the boundary of `moment` to the first
 * instant at which one of these invitations ends.
 */
export function pendingOf(invitations: readonly Invitation[], moment: EvaluationTime): readonly PendingInvitation[] {
  return invitations
    .filter(({ expiresAt }) => expiresAt === undefined || expiresAt > moment.at)
    .map(({ user, role, invitedBy, expiresAt, createdAt }) => {
      if (expiresAt !== undefined) noteBoundary(moment, expiresAt)
      return { user, role, invitedBy, ...(expiresAt === undefined ? {} : { expiresAt }), createdAt }
    })
    .sort((a, b) => (a.user < b.user ? -1 : 1))
}
