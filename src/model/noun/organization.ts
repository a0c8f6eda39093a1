import type { Immutable } from 'immer'
import { z } from 'zod'
import { AccessGroupId, Id, Label } from '../value/id.ts'
import { Instant } from '../value/instant.ts'
import { Agent } from '../value/principal.ts'
import { Incarnation, Status } from '../value/status.ts'

/**
 * The ceiling on the access groups of every team and virtual account below an organization, judged at decision time.
 * `unlimited` is written out; an empty list lets no group through.
 */
export const Entitlement: z.ZodType<Entitlement> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('unlimited') }),
  z.strictObject({ type: z.literal('list'), accessGroups: z.array(AccessGroupId).max(10_000) }),
])
export type Entitlement =
  | { readonly type: 'unlimited' }
  | { readonly type: 'list'; readonly accessGroups: readonly string[] }

/** Groups teams and virtual accounts. Its admins run them; its entitlement bounds them. */
export const Organization = z.strictObject({
  id: Id,
  name: Label.optional(),
  status: Status,
  entitlement: Entitlement,
  admins: z.array(Agent),
  createdAt: Instant,
  incarnation: Incarnation,
})
export interface Organization extends Immutable<z.infer<typeof Organization>> {}
