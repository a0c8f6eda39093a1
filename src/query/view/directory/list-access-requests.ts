import * as z from 'zod'
import { decideParsed } from '../../../change/decide.ts'
import { findAssignment } from '../../../change/noun/assignment.ts'
import { refuseActor } from '../../../change/rule/actor.ts'
import { findCurrent, givesModel } from '../../../change/rule/grantable.ts'
import { requestsOf } from '../../../change/rule/pending-request.ts'
import {
  type AccessRequest,
  outcomeAt,
  type RequestOutcome,
  type RequestSubject,
  shortestGrant,
  type Wanted,
} from '../../../model/noun/access-request.ts'
import type { State } from '../../../model/state/state.ts'
import { relatedAfter } from '../../../model/table/relation.ts'
import { findRow, getRow, hasRow, idsOf, rowsAfter } from '../../../model/table/table.ts'
import { Instant, lastInstant } from '../../../model/value/instant.ts'
import type { Agent } from '../../../model/value/principal.ts'
import { type EvaluationTime, evaluationTimeOf, noteBoundary, untilOf } from '../../../policy/evaluation-time.ts'
import { isAdministrator } from '../../../policy/manage.ts'
import { Name } from '../../../policy/request/request.ts'
import { lazy } from '../../lazy.ts'
import { answerQuery, parseQuery, type QueryFailure } from '../../query-fault.ts'
import { unknownPrincipal } from '../../unknown-name.ts'

/** An access request in a list. */
export interface AccessRequestSummary {
  readonly request: string
  /** The id of the user that made the request. */
  readonly requester: string
  /** The holder that receives the access group when the request is approved. */
  readonly subject: RequestSubject
  /** The organization of the subject. Absent if the subject is a user. */
  readonly organization?: string
  readonly wanted: Wanted
  readonly reason: string
  /** The duration of the grant in milliseconds. */
  readonly duration: number
  readonly createdAt: Instant
  /** The first instant at which the request can no longer be approved. */
  readonly expiresAt: Instant
}

/** A pending access request that an actor may approve. */
export interface DecidableRequest extends AccessRequestSummary {
  /** The access groups with which the actor may approve, sorted by name: at least one, and at most the first 10. */
  readonly accessGroups: readonly string[]
}

/** The place of an access request in the list of pending requests. */
export interface AccessRequestCursor {
  /** The organization of the request's subject, or the empty string if the subject is a user. */
  readonly organization: string
  readonly request: string
}

/** A page of the pending access requests that an actor may approve. The order does not change when the state changes. */
export interface AccessRequestList {
  readonly ok: true
  readonly requests: readonly DecidableRequest[]
  /** The value to pass as `after` for the next page. Absent on the last page. */
  readonly next?: AccessRequestCursor
  /** The page stays valid until this instant, unless the state changes earlier. */
  readonly until?: Instant
  readonly version: number
}

/** An access request of a user. The outcome is absent while the request is pending. */
export interface OwnAccessRequest extends AccessRequestSummary {
  readonly outcome?: RequestOutcome
}

/** The access requests of a user, the latest first: at most 50 pending ones and the last 20 that ended. */
export interface OwnAccessRequestList {
  readonly ok: true
  readonly user: string
  readonly requests: readonly OwnAccessRequest[]
  /** The list stays valid until this instant, unless the state changes earlier. */
  readonly until?: Instant
  readonly version: number
}

/** An actor that decides access requests: a user, a virtual account, or `system`. */
export type Decider = Agent | { readonly type: 'system' }

/** The maximum number of access requests on a page. */
export const requestPageLimit = 1000
const defaultLimit = 100

/** The maximum number of access groups that a decidable request lists. */
const groupLimit = 10

const Query = /* @__PURE__ */ lazy(() =>
  z.strictObject({
    decider: z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('system') }),
      z.strictObject({ type: z.literal('user'), id: Name }),
      z.strictObject({ type: z.literal('virtualAccount'), id: Name }),
    ]),
    options: z.strictObject({
      at: Instant,
      limit: z.int().min(1).max(requestPageLimit).optional(),
      after: z.strictObject({ organization: z.string(), request: Name }).optional(),
    }),
  }),
)

/** When to evaluate the list of access requests, and which page to return. */
export interface ListAccessRequestsOptions {
  readonly at: Instant
  /** The maximum number of requests on the page, from 1 to 1,000. Default: 100. */
  readonly limit?: number | undefined
  /** The `next` of the previous page. Default: the first page. */
  readonly after?: AccessRequestCursor | undefined
}

/**
 * Returns a page of the pending access requests that an actor may approve: exactly those for which `ApproveAccess` with
 * some access group and some duration would be accepted. Costs time proportional to the pending requests of the organizations that the
 * actor is an admin of, and of all organizations for an administrator.
 *
 * @example
 * const list = listAccessRequests({ type: 'user', id: 'root' }, state, { at })
 * if (list.ok) for (const { request, requester, reason } of list.requests) console.log(request, requester, reason)
 */
export function listAccessRequests(
  decider: Decider,
  state: State,
  options: ListAccessRequestsOptions,
): AccessRequestList | QueryFailure {
  const parsed = parseQuery(Query(), { decider, options }, { state })
  if (!parsed.ok) return parsed
  const { query } = parsed
  return answerQuery('state', () => requestPageOf(query.decider, state, query.options))
}

/**
 * Lists access requests like `listAccessRequests`, but without argument checks and error handling. Throws when the state
 * is corrupt.
 */
export function requestPageOf(
  decider: Decider,
  state: State,
  { at, limit = defaultLimit, after }: ListAccessRequestsOptions,
): AccessRequestList | QueryFailure {
  if (decider.type !== 'system' && !exists(decider, state)) return unknownPrincipal(decider, ['decider'])
  const moment = evaluationTimeOf(at)
  const requests: DecidableRequest[] = []
  const groupsFor = groupFinder(state, moment)
  let next: AccessRequestCursor | undefined
  for (const row of pendingFor(decider, state, after)) {
    if (outcomeAt(row, at) !== undefined) continue
    const accessGroups = approvableGroups(row, groupsFor(row), decider, state, moment)
    if (accessGroups.length === 0) continue
    noteBoundary(moment, Math.min(row.expiresAt, lastInstant - shortestGrant + 1))
    const last = requests.at(-1)
    if (requests.length === limit && last !== undefined) {
      next = { organization: last.organization ?? '', request: last.request }
      break
    }
    requests.push({ ...summaryOf(row), accessGroups })
  }
  return { ok: true, requests, ...(next === undefined ? {} : { next }), ...untilOf(moment), version: state.version }
}

function exists({ type, id }: Agent, { users, virtualAccounts }: State): boolean {
  return hasRow<unknown>(type === 'user' ? users : virtualAccounts, id)
}

/** Yields the pending access requests that an actor may possibly decide, after the request at `after`. */
function* pendingFor(
  decider: Decider,
  state: State,
  after: AccessRequestCursor | undefined,
): IterableIterator<AccessRequest> {
  if (refuseActor(decider, state) !== undefined) return
  const isAll = decider.type === 'system' || isAdministrator(decider, state)
  if (after !== undefined && (isAll || isListedAdmin(decider, after.organization, state)))
    yield* pendingIn(after.organization, state, after.request)
  const { pendingAccessRequests } = state.index
  if (isAll) {
    for (const { id } of rowsAfter(pendingAccessRequests, after?.organization)) yield* pendingIn(id, state, undefined)
    return
  }
  const { userOrganizations, virtualAccountOrganizations } = state.index
  const relation = decider.type === 'user' ? userOrganizations : virtualAccountOrganizations
  for (const { id } of relatedAfter(relation, decider.id, after?.organization)) {
    if (isListedAdmin(decider, id, state)) yield* pendingIn(id, state, undefined)
  }
}

/** Whether an agent is an admin of an organization whose entitlement is a list. Other admins may assign no groups. */
function isListedAdmin({ type, id }: Agent, organization: string, state: State): boolean {
  const row = findRow(state.organizations, organization)
  return row?.entitlement.type === 'list' && row.admins.some((admin) => admin.type === type && admin.id === id)
}

function* pendingIn(organization: string, state: State, after: string | undefined): IterableIterator<AccessRequest> {
  for (const { id } of relatedAfter(state.index.pendingAccessRequests, organization, after)) {
    yield getRow(state.accessRequests, id)
  }
}

/**
 * Returns a function that lists the access groups with which a request could be approved, sorted by name. Searches the
 * groups of each model once. Notes the sunset of a wanted alias as a boundary.
 */
function groupFinder(state: State, moment: EvaluationTime): (request: AccessRequest) => readonly string[] {
  const byModel = new Map<string, readonly string[]>()
  return ({ wanted }) => {
    if (wanted.type === 'accessGroup') return [wanted.id]
    const known = byModel.get(wanted.name)
    if (known !== undefined) return known
    const found = groupsGiving(wanted.name, state, moment)
    byModel.set(wanted.name, found)
    return found
  }
}

function groupsGiving(name: string, state: State, moment: EvaluationTime): readonly string[] {
  const resolved = findCurrent(name, moment, state)
  if (resolved === undefined) return []
  return [...idsOf(state.accessGroups)].filter((id) => givesModel(id, resolved, state)).sort()
}

/**
 * Returns the access groups with which an actor could approve a request for some time. Tries the longest time only: a
 * shorter one joins no more windows of the holder. Notes when the holder's windows to come let another one join.
 */
function approvableGroups(
  row: AccessRequest,
  candidates: readonly string[],
  decider: Decider,
  state: State,
  moment: EvaluationTime,
): readonly string[] {
  const { at } = moment
  const duration = Math.min(row.duration, lastInstant - at)
  if (duration < shortestGrant) return []
  const found: string[] = []
  for (const accessGroup of candidates) {
    if (found.length === groupLimit) break
    const approval = { type: 'ApproveAccess', actor: decider, at, request: row.id, accessGroup, duration } as const
    const decided = decideParsed(approval, state)
    if (decided.ok) found.push(accessGroup)
    else if (decided.rejection.code === 'limit_exceeded') {
      const next = findAssignment({ accessGroup, principal: row.subject }, state)?.windows.find(
        ({ startsAt = at }) => startsAt > at,
      )
      if (next?.startsAt !== undefined) noteBoundary(moment, next.startsAt - duration)
    }
  }
  return found
}

const OwnQuery = /* @__PURE__ */ lazy(() => z.strictObject({ user: Name, options: z.strictObject({ at: Instant }) }))

/**
 * Returns the access requests that a user made, with the outcomes of those that ended. A user that does not exist has
 * none. The list has at most 70 entries.
 */
export function listOwnAccessRequests(
  user: string,
  state: State,
  options: { readonly at: Instant },
): OwnAccessRequestList | QueryFailure {
  const parsed = parseQuery(OwnQuery(), { user, options }, { state })
  if (!parsed.ok) return parsed
  const { query } = parsed
  return answerQuery('state', () => ownRequestsOf(query.user, state, query.options.at))
}

function ownRequestsOf(user: string, state: State, at: Instant): OwnAccessRequestList {
  const moment = evaluationTimeOf(at)
  const rows = [...requestsOf(user, state)]
  rows.sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1))
  const requests = rows.map((row) => {
    const outcome = outcomeAt(row, at)
    if (outcome === undefined) noteBoundary(moment, row.expiresAt)
    return { ...summaryOf(row), ...(outcome === undefined ? {} : { outcome }) }
  })
  return { ok: true, user, requests, ...untilOf(moment), version: state.version }
}

function summaryOf(row: AccessRequest): AccessRequestSummary {
  const { id, requester, subject, organization, wanted, reason, duration, createdAt, expiresAt } = row
  const place = organization === undefined ? {} : { organization }
  return { request: id, requester, subject, ...place, wanted, reason, duration, createdAt, expiresAt }
}
