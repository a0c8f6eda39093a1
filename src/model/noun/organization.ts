import type { Immutable } from 'immer'
import * as z from 'zod'
import { Authority } from '../value/authority.ts'
import { AccessGroupId, Id, Label } from '../value/id.ts'
import { Instant } from '../value/instant.ts'
import { listOf } from '../value/list.ts'
import { Agent } from '../value/principal.ts'
import { Incarnation, Status } from '../value/status.ts'
import { Assignment, assignmentLimit } from './holding.ts'

/**
 * The access groups that may take effect in an organization: all of them (`unlimited`), or only those of a list. Limits
 * the groups of the organization itself, its teams, their memberships and its virtual accounts. Checked at decision
 * time. An empty list admits no group.
 */
export const Entitlement: z.ZodType<Entitlement> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('unlimited') }),
  z.strictObject({ type: z.literal('list'), accessGroups: listOf(AccessGroupId, assignmentLimit) }),
])
export type Entitlement =
  | { readonly type: 'unlimited' }
  | { readonly type: 'list'; readonly accessGroups: readonly string[] }

/** The maximum number of admins of an organization. */
export const adminLimit = 1000

/**
 * A group of teams and virtual accounts, which up to 1,000 admins manage. The entitlement limits the access
 * groups of these principals. Each of these principals also has the organization's own access groups.
 */
export const Organization = z.strictObject({
  id: Id,
  name: Label.optional(),
  status: Status,
  suspendedBy: Authority.optional(),
  entitlement: Entitlement,
  admins: listOf(Agent, adminLimit, 'admins'),
  accessGroups: listOf(Assignment, assignmentLimit),
  createdAt: Instant,
  incarnation: Incarnation,
})
export interface Organization extends Immutable<z.infer<typeof Organization>> {}
