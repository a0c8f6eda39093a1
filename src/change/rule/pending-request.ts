import { type AccessRequest, endedRequestLimit, type RequestOutcome } from '../../model/noun/access-request.ts'
import { dropRow } from '../../model/state/put-row.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { getRow } from '../../model/table/table.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Place } from './place.ts'
import { changeRow } from './row.ts'

/** The access requests that a user made: the pending ones and the ended ones that the state keeps, at most 70. */
export function requestsOf(user: string, state: State): readonly AccessRequest[] {
  return [...related(state.index.userAccessRequests, user)].map((id) => getRow(state.accessRequests, id))
}

/**
 * Returns the state after a pending access request ends. Of the ended requests of the requester, only the latest 20
 * stay.
 */
export function endRequest(state: State, id: string, outcome: RequestOutcome): State {
  const { requester } = getRow(state.accessRequests, id)
  const ended = changeRow(state, 'accessRequests', id, (draft) => {
    draft.outcome = outcome
  })
  return withoutOldRequests(ended, requester)
}

function withoutOldRequests(state: State, requester: string): State {
  const ended = requestsOf(requester, state).filter(({ outcome }) => outcome !== undefined)
  if (ended.length <= endedRequestLimit) return state
  const old = [...ended].sort(laterFirst).slice(endedRequestLimit)
  return old.reduce((next, { id }) => dropRow(next, 'accessRequests', id), state)
}

function laterFirst(a: AccessRequest, b: AccessRequest): number {
  return (b.outcome?.at ?? 0) - (a.outcome?.at ?? 0) || (a.id < b.id ? -1 : 1)
}

/** Returns the state in which the expired access requests of a user have the outcome `expired`. */
export function withExpiredRequests(state: State, user: string, at: Instant): State {
  return requestsOf(user, state)
    .filter(({ outcome, expiresAt }) => outcome === undefined && expiresAt <= at)
    .reduce((next, { id, expiresAt }) => endRequest(next, id, { type: 'expired', at: expiresAt }), state)
}

/** Returns the state without the access requests that a user made. */
export function withoutRequestsOf(state: State, user: string): State {
  return requestsOf(user, state).reduce((next, { id }) => dropRow(next, 'accessRequests', id), state)
}

type Cause = Extract<RequestOutcome, { type: 'cancelled' }>['cause']

/** Returns the state in which the pending access requests with these ids are cancelled. */
function cancelRequests(state: State, ids: Iterable<string>, cause: Cause, at: Instant): State {
  let next = state
  for (const id of [...ids].sort()) next = endRequest(next, id, { type: 'cancelled', at, cause })
  return next
}

/** Returns the state in which the pending access requests for an access group are cancelled. */
export function withoutGroupRequests(state: State, accessGroup: string, at: Instant): State {
  return cancelRequests(state, related(state.index.accessGroupAccessRequests, accessGroup), 'accessGroup', at)
}

/** Returns the state in which the pending access requests for a virtual account are cancelled. */
export function withoutAccountRequests(state: State, virtualAccount: string, at: Instant): State {
  return cancelRequests(state, related(state.index.virtualAccountAccessRequests, virtualAccount), 'subject', at)
}

/** Returns the state in which the pending access requests for the memberships in a team are cancelled. */
export function withoutTeamRequests(state: State, team: string, at: Instant): State {
  return cancelRequests(state, related(state.index.teamAccessRequests, team), 'subject', at)
}

/** Returns the state in which the pending access requests for one membership are cancelled. */
export function withoutMemberRequests(state: State, { team, user }: Place, at: Instant): State {
  const ids = requestsOf(user, state)
    .filter(({ outcome, subject }) => outcome === undefined && subject.type === 'member' && subject.team === team)
    .map(({ id }) => id)
  return cancelRequests(state, ids, 'subject', at)
}
