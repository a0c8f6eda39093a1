import type { Immutable } from 'immer'
import { z } from 'zod'
import { Authority } from '../value/authority.ts'
import { AccessGroupId, Id, Label } from '../value/id.ts'
import { Instant } from '../value/instant.ts'
import { Agent } from '../value/principal.ts'
import { Incarnation, Status } from '../value/status.ts'

/**
 * The access groups that an organization's teams and virtual accounts may use: all groups (`unlimited`), or a list of
 * groups. An empty list admits no group. Every decision checks the entitlement.
 */
export const Entitlement: z.ZodType<Entitlement> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('unlimited') }),
  z.strictObject({ type: z.literal('list'), accessGroups: z.array(AccessGroupId).max(10_000) }),
])
export type Entitlement =
  | { readonly type: 'unlimited' }
  | { readonly type: 'list'; readonly accessGroups: readonly string[] }

/**
 * A group of teams and virtual accounts. The organization's admins manage the teams and virtual accounts. The
 * entitlement limits which access groups the teams and virtual accounts may use.
 */
export const Organization = z.strictObject({
  id: Id,
  name: Label.optional(),
  status: Status,
  suspendedBy: Authority.optional(),
  entitlement: Entitlement,
  admins: z.array(Agent),
  createdAt: Instant,
  incarnation: Incarnation,
})
export interface Organization extends Immutable<z.infer<typeof Organization>> {}
