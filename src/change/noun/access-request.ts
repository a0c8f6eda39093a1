import {
  type AccessRequest,
  defaultPendingTime,
  longestPendingTime,
  outcomeAt,
  pendingRequestLimit,
  type RequestOutcome,
} from '../../model/noun/access-request.ts'
import { putRow } from '../../model/state/put-row.ts'
import { organizationOf } from '../../model/state/row-invariant.ts'
import type { State } from '../../model/state/state.ts'
import { getRow } from '../../model/table/table.ts'
import { type Instant, lastInstant } from '../../model/value/instant.ts'
import type { Actor } from '../../model/value/principal.ts'
import { quote } from '../../model/value/quote.ts'
import { evaluationTimeOf } from '../../policy/evaluation-time.ts'
import type { ApproveAccess, DenyAccess, RequestAccess, WithdrawRequest } from '../message/command/access-request.ts'
import type {
  AccessApproved,
  AccessDenied,
  AccessRequested,
  RequestWithdrawn,
} from '../message/event/access-request.ts'
import { type Rejection, rejection, rejectionCodes } from '../message/rejection.ts'
import { accept, type Decided, eventOf, reject } from '../rule/decided.ts'
import { findCurrent, givesModel, mayRequestFor, refuseUngrantable } from '../rule/grantable.ts'
import { endRequest, requestsOf, withExpiredRequests } from '../rule/pending-request.ts'
import { refuseExisting, refuseUnknown } from '../rule/reference.ts'
import { refusePast } from '../rule/window.ts'
import { assignAccessGroup } from './assignment.ts'
import { refuseNotMember } from './membership.ts'

export function requestAccess(command: RequestAccess, state: State): Decided {
  const { at, actor, request, subject, wanted, reason, duration } = command
  const expiresAt = command.expiresAt ?? Math.min(at + defaultPendingTime, lastInstant)
  const refused =
    refuseForeign(command) ??
    refuseHiddenAccount(command, state) ??
    refuseExisting('accessRequest', request, ['request'], state) ??
    (subject.type === 'member' ? refuseNotMember(subject, state, ['subject', 'team']) : undefined) ??
    refusePast(expiresAt, at, ['expiresAt']) ??
    refuseLongPending(at, expiresAt) ??
    refuseManyRequests(command, state) ??
    // The last check: whether something can be granted is learned only by a request that is stored.
    refuseUngrantable({ requester: requesterOf(actor), subject, wanted }, ['wanted'], at, state)
  if (refused) return reject(refused)
  return accept(eventOf(command, 'AccessRequested', { request, subject, wanted, reason, duration, expiresAt }))
}

/** Returns the id of the user that gives a command. `refuseForeign` refuses other actors. */
function requesterOf(actor: Actor): string {
  return actor.type === 'system' ? '' : actor.id
}

type Asking = Pick<AccessRequested, 'actor' | 'subject'>

/** Refuses an actor that is not a user, and a subject that is another user or the membership of another user. */
export function refuseForeign({ actor, subject }: Asking): Rejection | undefined {
  if (actor.type !== 'user') {
    const message = 'a user requests access itself, request it as that user'
    return rejection('access_request_foreign', ['actor'], message)
  }
  if (subject.type === 'virtualAccount') return undefined
  if ((subject.type === 'user' ? subject.id : subject.user) === actor.id) return undefined
  const message = `user ${quote(actor.id)} requests access for itself, its memberships and virtual accounts only, correct the subject`
  return rejection('access_request_foreign', ['subject'], message)
}

/**
 * Refuses a virtual account for which the user may not request access. The rejection is the same whether or not the
 * account exists.
 */
export function refuseHiddenAccount({ actor, subject }: Asking, state: State): Rejection | undefined {
  if (subject.type !== 'virtualAccount' || mayRequestFor(subject.id, requesterOf(actor), state)) return undefined
  const message = `virtual account ${quote(subject.id)} does not exist, correct the id or create it first`
  const reference = { type: 'virtualAccount', id: subject.id } as const
  return rejection('virtual_account_unknown', ['subject', 'id'], message, { reference })
}

function refuseLongPending(at: Instant, expiresAt: Instant): Rejection | undefined {
  if (expiresAt - at <= longestPendingTime) return undefined
  const message = 'the request would be pending for more than 30 days, give it an earlier `expiresAt`'
  const windows = [{ startsAt: at, expiresAt: at + longestPendingTime }]
  return rejection('window_exceeded', ['expiresAt'], message, { window: { expiresAt }, windows })
}

/** Refuses one more request of a user that has 50 pending requests. */
export function refuseManyRequests({ at, actor }: Pick<AccessRequested, 'at' | 'actor'>, state: State) {
  const requester = requesterOf(actor)
  const pending = requestsOf(requester, state).filter((request) => outcomeAt(request, at) === undefined)
  if (pending.length < pendingRequestLimit) return undefined
  const message = `user ${quote(requester)} has ${pendingRequestLimit} pending requests, withdraw one first`
  const reference = { type: 'user', id: requester } as const
  return rejection('limit_exceeded', ['request'], message, { reference, limit: pendingRequestLimit })
}

export function accessRequested(state: State, event: AccessRequested): State {
  const { at, actor, request, subject, wanted, reason, duration, expiresAt } = event
  const requester = requesterOf(actor)
  return putRow(withExpiredRequests(state, requester, at), 'accessRequests', {
    id: request,
    requester,
    subject,
    organization: organizationOf(subject, state),
    wanted,
    reason,
    duration,
    expiresAt,
    createdAt: at,
  })
}

export function approveAccess(command: ApproveAccess, state: State): Decided {
  const { at, note } = command
  const refused = refuseUndecidable(command, state)
  if (refused) return reject(refused)
  const request = getRow(state.accessRequests, command.request)
  const accessGroup = command.accessGroup ?? (request.wanted.type === 'accessGroup' ? request.wanted.id : undefined)
  if (accessGroup === undefined) return reject(groupMissing(request))
  const expiresAt = at + (command.duration ?? request.duration)
  const assigned = assign(command, request, accessGroup, expiresAt, state)
  const approved = { ...request, wanted: { type: 'accessGroup', id: accessGroup } } as const
  const unable = firstOf(
    assigned.ok ? undefined : withOwnPath(assigned.rejection),
    refuseOtherGroup(request, accessGroup, at, state),
    refuseUngrantable(approved, ['accessGroup'], at, state),
    refuseLonger(command, request),
  )
  if (unable !== undefined || !assigned.ok) return reject(unable ?? groupMissing(request))
  const ends = eventOf(command, 'AccessApproved', { request: request.id, accessGroup, expiresAt, note })
  return accept(...assigned.events, ends)
}

/** Decides the assignment of an approval as `AssignAccessGroup` is decided for the approver. */
function assign(
  { actor, at }: ApproveAccess,
  { subject }: AccessRequest,
  accessGroup: string,
  expiresAt: Instant,
  state: State,
): Decided {
  if (expiresAt > lastInstant) {
    const message = 'the grant would end after the last instant, correct the `at` of the command'
    return reject(rejection('window_invalid', ['expiresAt'], message, { window: { startsAt: at } }))
  }
  return assignAccessGroup(
    { type: 'AssignAccessGroup', actor, at, accessGroup, principal: subject, startsAt: at, expiresAt },
    state,
  )
}

/** Returns the rejection of an assignment with the path of the field of `ApproveAccess` that is at fault. */
function withOwnPath(refused: Rejection): Rejection {
  const fields: Readonly<Record<string, string>> = { principal: 'request', expiresAt: 'duration' }
  const [field] = refused.path
  const own = typeof field === 'string' && Object.hasOwn(fields, field) ? fields[field] : undefined
  return own === undefined ? refused : { ...refused, path: [own] }
}

function firstOf(...rejections: readonly (Rejection | undefined)[]): Rejection | undefined {
  const found = rejections.filter((one) => one !== undefined)
  return found.sort((a, b) => rejectionCodes.indexOf(a.code) - rejectionCodes.indexOf(b.code))[0]
}

function groupMissing({ id }: AccessRequest): Rejection {
  const message = `access request ${quote(id)} is for a model, name an access group that gives the model`
  return rejection('access_request_unmatched', ['accessGroup'], message, { reference: { type: 'accessRequest', id } })
}

function refuseOtherGroup(
  { id, wanted }: AccessRequest,
  accessGroup: string,
  at: Instant,
  state: State,
): Rejection | undefined {
  const reference = { type: 'accessRequest', id } as const
  if (wanted.type === 'accessGroup') {
    if (wanted.id === accessGroup) return undefined
    const message = `access request ${quote(id)} is for access group ${quote(wanted.id)}, leave \`accessGroup\` out`
    return rejection('access_request_unmatched', ['accessGroup'], message, { reference })
  }
  const resolved = findCurrent(wanted.name, evaluationTimeOf(at), state)
  if (resolved !== undefined && givesModel(accessGroup, resolved, state)) return undefined
  const message = `access group ${quote(accessGroup)} does not give model ${quote(wanted.name)}, name another group`
  return rejection('access_request_unmatched', ['accessGroup'], message, { reference })
}

function refuseLonger({ at, duration }: ApproveAccess, request: AccessRequest): Rejection | undefined {
  if (duration === undefined || duration <= request.duration) return undefined
  const message = `access request ${quote(request.id)} is for ${request.duration} ms, an approval may only shorten it`
  return rejection('window_exceeded', ['duration'], message, {
    window: { startsAt: at, expiresAt: at + duration },
    windows: [{ startsAt: at, expiresAt: at + request.duration }],
  })
}

/** Refuses to decide a request that does not exist, that the actor itself made, or that has ended. */
function refuseUndecidable(command: ApproveAccess | DenyAccess, state: State): Rejection | undefined {
  const { at, actor, request: id } = command
  const unknown = refuseUnknown('accessRequest', id, ['request'], state)
  if (unknown) return unknown
  const request = getRow(state.accessRequests, id)
  return refuseOwn(actor, request) ?? refuseEnded(id, at, state)
}

/** Refuses the requester of an access request. It does not decide its own request, whatever it may manage. */
export function refuseOwn(actor: Actor, { id, requester }: AccessRequest): Rejection | undefined {
  if (actor.type !== 'user' || actor.id !== requester) return undefined
  const message = `user ${quote(requester)} made access request ${quote(id)} itself, ask another actor to decide it, or withdraw it`
  return rejection('access_request_own', ['actor'], message, { reference: { type: 'accessRequest', id } })
}

/** Refuses an access request that has ended by an instant. The rejection has the outcome of the request. */
export function refuseEnded(id: string, at: Instant, state: State): Rejection | undefined {
  const outcome = outcomeAt(getRow(state.accessRequests, id), at)
  if (outcome === undefined) return undefined
  const message = `access request ${quote(id)} ${words[outcome.type]}, make a new request`
  return rejection('access_request_ended', ['request'], message, {
    reference: { type: 'accessRequest', id },
    outcome,
  })
}

const words: { readonly [T in RequestOutcome['type']]: string } = {
  approved: 'was approved already',
  denied: 'was denied',
  withdrawn: 'was withdrawn',
  expired: 'has expired',
  cancelled: 'was cancelled, since its subject or access group ended',
}

export function accessApproved(state: State, event: AccessApproved): State {
  const { at, actor, request, accessGroup, expiresAt, note } = event
  return endRequest(state, request, { type: 'approved', at, by: actor, accessGroup, expiresAt, ...noted(note) })
}

function noted(note: string | undefined): { readonly note?: string } {
  return note === undefined ? {} : { note }
}

export function denyAccess(command: DenyAccess, state: State): Decided {
  const { request, note } = command
  const refused = refuseUndecidable(command, state)
  return refused ? reject(refused) : accept(eventOf(command, 'AccessDenied', { request, note }))
}

export function accessDenied(state: State, { at, actor, request, note }: AccessDenied): State {
  return endRequest(state, request, { type: 'denied', at, by: actor, ...noted(note) })
}

export function withdrawRequest(command: WithdrawRequest, state: State): Decided {
  const { at, request } = command
  const refused = refuseUnknown('accessRequest', request, ['request'], state) ?? refuseEnded(request, at, state)
  return refused ? reject(refused) : accept(eventOf(command, 'RequestWithdrawn', { request }))
}

export function requestWithdrawn(state: State, { at, actor, request }: RequestWithdrawn): State {
  return endRequest(state, request, { type: 'withdrawn', at, by: actor })
}
