import type { Immutable } from 'immer'
import type { z } from 'zod'
import { GrantDuration, RequestReason, RequestSubject, Wanted } from '../../../model/noun/access-request.ts'
import { AccessGroupId, Id, Label } from '../../../model/value/id.ts'
import { Instant } from '../../../model/value/instant.ts'
import { type Envelope, message } from '../envelope.ts'

/** A user requested access. The actor is the requester. Requests of the user that have expired get that outcome. */
export const AccessRequested = message('AccessRequested', {
  request: Id,
  subject: RequestSubject,
  wanted: Wanted,
  reason: RequestReason,
  duration: GrantDuration,
  expiresAt: Instant,
})
export interface AccessRequested extends Envelope, Immutable<z.infer<typeof AccessRequested>> {}

/**
 * An access request was approved and ended. An earlier event assigns the group, unless the subject has it until
 * `expiresAt` already.
 */
export const AccessApproved = message('AccessApproved', {
  request: Id,
  accessGroup: AccessGroupId,
  expiresAt: Instant,
  note: Label.optional(),
})
export interface AccessApproved extends Envelope, Immutable<z.infer<typeof AccessApproved>> {}

/** An access request was denied. */
export const AccessDenied = message('AccessDenied', { request: Id, note: Label.optional() })
export interface AccessDenied extends Envelope, Immutable<z.infer<typeof AccessDenied>> {}

/** An access request was withdrawn. */
export const RequestWithdrawn = message('RequestWithdrawn', { request: Id })
export interface RequestWithdrawn extends Envelope, Immutable<z.infer<typeof RequestWithdrawn>> {}
