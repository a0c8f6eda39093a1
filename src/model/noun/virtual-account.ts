import type { Immutable } from 'immer'
import * as z from 'zod'
import { Authority } from '../value/authority.ts'
import { Id, Label } from '../value/id.ts'
import { Instant } from '../value/instant.ts'
import { Incarnation, Status } from '../value/status.ts'
import { type Holdings, holdings } from './holding.ts'

/**
 * A principal for an application. Belongs to an organization, not to a user: deleting the user who created a virtual
 * account does not affect the account.
 */
export const VirtualAccount = z.strictObject({
  id: Id,
  name: Label.optional(),
  organization: Id,
  status: Status,
  suspendedBy: Authority.optional(),
  metered: z.boolean(),
  ...holdings,
  createdAt: Instant,
  incarnation: Incarnation,
})
export interface VirtualAccount extends Holdings, Immutable<z.infer<typeof VirtualAccount>> {}
