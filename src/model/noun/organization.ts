import type { Immutable } from 'immer'
import { z } from 'zod'
import { Authority } from '../value/authority.ts'
import { AccessGroupId, Id, Label } from '../value/id.ts'
import { Instant } from '../value/instant.ts'
import { Agent } from '../value/principal.ts'
import { Incarnation, Status } from '../value/status.ts'
import { Assignment } from './holding.ts'

/**
 * The access groups that may take effect in an organization: all of them (`unlimited`), or only those of a list. Limits
 * the groups of the organization itself, its teams, their memberships and its virtual accounts. Checked at decision
 * time. An empty list admits no group.
 */
export const Entitlement: z.ZodType<Entitlement> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('unlimited') }),
  z.strictObject({ type: z.literal('list'), accessGroups: z.array(AccessGroupId).max(10_000) }),
])
export type Entitlement =
  | { readonly type: 'unlimited' }
  | { readonly type: 'list'; readonly accessGroups: readonly string[] }

/**
 * A group of teams and virtual accounts, which the organization's admins manage. The entitlement limits the access
 * groups of these principals. Each of these principals also has the organization's own access groups.
 */
export const Organization = z.strictObject({
  id: Id,
  name: Label.optional(),
  status: Status,
  suspendedBy: Authority.optional(),
  entitlement: Entitlement,
  admins: z.array(Agent),
  accessGroups: z.array(Assignment),
  createdAt: Instant,
  incarnation: Incarnation,
})
export interface Organization extends Immutable<z.infer<typeof Organization>> {}
