import type { Immutable } from 'immer'
import { z } from 'zod'
import { PositiveCreditText } from '../value/credit.ts'
import { AccessGroupId, Id, Label } from '../value/id.ts'
import { Instant } from '../value/instant.ts'

/**
 * A named tier for teams. A team on a plan has the plan's access groups by reference, and receives the plan's credits
 * on joining.
 */
export const Plan = z.strictObject({
  id: Id,
  name: Label.optional(),
  accessGroups: z.array(AccessGroupId),
  credits: PositiveCreditText.optional(),
  createdAt: Instant,
})
export interface Plan extends Immutable<z.infer<typeof Plan>> {}
