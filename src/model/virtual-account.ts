import type { Immutable } from 'immer'
import { z } from 'zod'
import { holdings } from './holding.ts'
import { Id, Label } from './id.ts'
import { Instant } from './instant.ts'
import { Incarnation, Status } from './status.ts'

/** An application's own principal. It belongs to an organization and to no person, and outlives whoever made it. */
export const VirtualAccount = z.strictObject({
  id: Id,
  name: Label.optional(),
  organization: Id,
  status: Status,
  metered: z.boolean(),
  ...holdings,
  createdAt: Instant,
  incarnation: Incarnation,
})
export type VirtualAccount = Immutable<z.infer<typeof VirtualAccount>>
