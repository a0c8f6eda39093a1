import type { Immutable } from 'immer'
import { z } from 'zod'
import { PositiveCreditText } from '../value/credit.ts'
import { AccessGroupId, Id, Label } from '../value/id.ts'
import { Instant } from '../value/instant.ts'

/** A named tier: access groups that its teams have by reference, and credits that a team receives when it joins the plan. */
export const Plan = z.strictObject({
  id: Id,
  name: Label.optional(),
  accessGroups: z.array(AccessGroupId),
  credits: PositiveCreditText.optional(),
  createdAt: Instant,
})
export interface Plan extends Immutable<z.infer<typeof Plan>> {}
