import type { Immutable } from 'immer'
import { z } from 'zod'
import { PositiveCreditText } from '../value/credit.ts'
import { AccessGroupId, Id, Label } from '../value/id.ts'
import { Instant } from '../value/instant.ts'
import { listOf } from '../value/list.ts'
import { assignmentLimit } from './holding.ts'

/**
 * A named tier for teams. A team on a plan has the access groups that the plan currently lists. A team receives the
 * plan's credits when the team is put on the plan.
 */
export const Plan = z.strictObject({
  id: Id,
  name: Label.optional(),
  accessGroups: listOf(AccessGroupId, assignmentLimit),
  credits: PositiveCreditText.optional(),
  createdAt: Instant,
})
export interface Plan extends Immutable<z.infer<typeof Plan>> {}
