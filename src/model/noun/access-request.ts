import type { Immutable } from 'immer'
import * as z from 'zod'
import { AccessGroupId, Id, idLimit, isId, Label } from '../value/id.ts'
import { Instant } from '../value/instant.ts'
import { Actor, type MembershipReference } from '../value/principal.ts'

/** The maximum number of pending access requests of a user. */
export const pendingRequestLimit = 50

/** The number of ended access requests of a user that a state keeps, the latest ones. */
export const endedRequestLimit = 20

/** The shortest duration of a requested grant: one minute. */
export const shortestGrant = 60_000

/** The longest duration of a requested grant: 90 days. */
export const longestGrant = 90 * 86_400_000

/** The time for which an access request is pending by default: 7 days. */
export const defaultPendingTime = 7 * 86_400_000

/** The longest time for which an access request is pending: 30 days. */
export const longestPendingTime = 30 * 86_400_000

/** The subject of an access request: the holder that receives the access group when the request is approved. */
export const RequestSubject: z.ZodType<RequestSubject> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('user'), id: Id }),
  z.strictObject({ type: z.literal('virtualAccount'), id: Id }),
  z.strictObject({ type: z.literal('member'), team: Id, user: Id }),
])
export type RequestSubject =
  | {
      /** The user that makes the request. */
      readonly type: 'user'
      readonly id: Id
    }
  | {
      /** A virtual account of an organization in which the requester is in a team or is an admin. */
      readonly type: 'virtualAccount'
      readonly id: Id
    }
  | MembershipReference

/** The name of a model in a request: an alias, or a concrete model as `account/model`. */
const ModelName = z
  .string()
  .max(2 * idLimit + 1)
  .refine(isModelName, { error: 'expected the name of a model: an alias, or a concrete model as `account/model`' })

function isModelName(name: string): boolean {
  if (isId(name)) return true
  const slash = name.indexOf('/')
  return isId(name.slice(0, slash)) && isId(name.slice(slash + 1))
}

/** The object of an access request: an access group, or a model by name, for which the approver names the group. */
export const Wanted: z.ZodType<Wanted> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('accessGroup'), id: AccessGroupId }),
  z.strictObject({ type: z.literal('model'), name: ModelName }),
])
export type Wanted =
  | {
      /** An access group. */
      readonly type: 'accessGroup'
      /** The name of the access group. */
      readonly id: string
    }
  | {
      /** A model by name. The approver names an access group that gives the model. */
      readonly type: 'model'
      /** The name of the model as a client writes it: an alias, or a concrete model as `account/model`. */
      readonly name: string
    }

/** The reason of an access request: 1 to 1,024 characters, not all of them white space. */
export const RequestReason = Label.refine((reason) => reason.trim() !== '', {
  error: 'expected a reason that is not empty',
})

/** The duration of a requested grant in milliseconds, from one minute to 90 days. */
export const GrantDuration = z.int().min(shortestGrant).max(longestGrant)

/**
 * The end of an access request. `expired`: the request was not decided in time. `cancelled`: the subject or the access
 * group of the request was deleted, or the requester left the team.
 */
export const RequestOutcome = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('approved'),
    at: Instant,
    by: Actor,
    accessGroup: AccessGroupId,
    /** The end of the granted window. The assignment may last longer by other windows. */
    expiresAt: Instant,
    note: Label.optional(),
  }),
  z.strictObject({ type: z.literal('denied'), at: Instant, by: Actor, note: Label.optional() }),
  z.strictObject({ type: z.literal('withdrawn'), at: Instant, by: Actor }),
  z.strictObject({ type: z.literal('expired'), at: Instant }),
  z.strictObject({ type: z.literal('cancelled'), at: Instant, cause: z.enum(['subject', 'accessGroup']) }),
])
export type RequestOutcome = Immutable<z.infer<typeof RequestOutcome>>

/**
 * A user's request for access for a limited time. Gives no access and no power until it is approved. Pending requests
 * refer to rows that exist; ended ones refer to the requester only.
 */
export const AccessRequest = z.strictObject({
  id: Id,
  /** The id of the user that made the request. */
  requester: Id,
  subject: RequestSubject,
  /** The organization of the subject. Absent if the subject is a user. */
  organization: Id.optional(),
  wanted: Wanted,
  reason: RequestReason,
  /** The duration of the grant in milliseconds, from the approval on. */
  duration: GrantDuration,
  /** The first instant at which the request can no longer be approved. */
  expiresAt: Instant,
  createdAt: Instant,
  /** The end of the request. Absent while the request is pending, and for a while after it has expired. */
  outcome: RequestOutcome.optional(),
})
export interface AccessRequest extends Immutable<z.infer<typeof AccessRequest>> {}

/** Returns how a request ended, or `undefined` if the request is pending at the instant `at`. */
export function outcomeAt({ outcome, expiresAt }: AccessRequest, at: Instant): RequestOutcome | undefined {
  return outcome ?? (expiresAt <= at ? { type: 'expired', at: expiresAt } : undefined)
}
