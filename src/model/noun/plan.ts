import type { Immutable } from 'immer'
import { z } from 'zod'
import { PositiveCreditText } from '../value/credit.ts'
import { AccessGroupId, Id, Label } from '../value/id.ts'
import { Instant } from '../value/instant.ts'

/** A named tier: access groups, which its teams have by reference, and the credits a team gets when it is put on the plan. */
export const Plan = z.strictObject({
  id: Id,
  name: Label.optional(),
  accessGroups: z.array(AccessGroupId),
  credits: PositiveCreditText.optional(),
  createdAt: Instant,
})
export interface Plan extends Immutable<z.infer<typeof Plan>> {}
