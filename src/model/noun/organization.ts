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
export const Entitlement = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('unlimited') }),
  z.strictObject({ type: z.literal('list'), accessGroups: z.array(AccessGroupId).max(10_000) }),
])
export type Entitlement = Immutable<z.infer<typeof Entitlement>>

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
export type Organization = Immutable<z.infer<typeof Organization>>
