import type { Immutable } from 'immer'
import type { z } from 'zod'
import { GrantDuration, RequestReason, RequestSubject, Wanted } from '../../../model/noun/access-request.ts'
import { AccessGroupId, Id, Label } from '../../../model/value/id.ts'
import { Instant } from '../../../model/value/instant.ts'
import { type Envelope, message } from '../envelope.ts'

/**
 * Requests access for a limited time. The request gives no access until another actor approves it. Only a user may
 * request, and has at most 50 pending requests.
 */
export const RequestAccess = message('RequestAccess', {
  /** The id of the new request, unique. */
  request: Id,
  /**
   * The holder that receives the access: the user that gives the command, a membership of this user, or a virtual
   * account of an organization in which the user is in a team or is an admin.
   */
  subject: RequestSubject,
  /** An access group, or a model by name, for which the approver names a group that gives the model. */
  wanted: Wanted,
  /** Why the access is needed: 1 to 1,024 characters. Actors that may decide the request can read the reason. */
  reason: RequestReason,
  /** The duration of the access in milliseconds, from the approval on: one minute to 90 days. */
  duration: GrantDuration,
  /**
   * The instant from which the request can no longer be approved, in epoch milliseconds, at most 30 days after the
   * command's `at`. Default: 7 days after `at`.
   */
  expiresAt: Instant.optional(),
})
export interface RequestAccess extends Envelope, Immutable<z.infer<typeof RequestAccess>> {}

/**
 * Approves an access request: assigns the access group to the subject from the command's `at` on, for the duration of
 * the request. Only an actor that may assign the group to the subject may approve, and never the requester. Windows
 * assigned earlier stay.
 */
export const ApproveAccess = message('ApproveAccess', {
  /** The id of the request. */
  request: Id,
  /** The access group to assign; required if the request is for a model. Default: the group of the request. */
  accessGroup: AccessGroupId.optional(),
  /** A shorter duration in milliseconds, at least one minute. Default: the duration of the request. */
  duration: GrantDuration.optional(),
  /** A note for the requester of at most 1,024 characters. Default: none. */
  note: Label.optional(),
})
export interface ApproveAccess extends Envelope, Immutable<z.infer<typeof ApproveAccess>> {}

/** Denies an access request. Every actor that manages the assignments of the subject may deny, except the requester. */
export const DenyAccess = message('DenyAccess', {
  /** The id of the request. */
  request: Id,
  /** A note for the requester of at most 1,024 characters. Default: none. */
  note: Label.optional(),
})
export interface DenyAccess extends Envelope, Immutable<z.infer<typeof DenyAccess>> {}

/** Withdraws an access request. Only the requester and administrators may withdraw. */
export const WithdrawRequest = message('WithdrawRequest', {
  /** The id of the request. */
  request: Id,
})
export interface WithdrawRequest extends Envelope, Immutable<z.infer<typeof WithdrawRequest>> {}
