import type { Immutable } from 'immer'
import * as z from 'zod'
import { PositiveCreditText } from '../value/credit.ts'
import { AccessGroupId, Id, Label } from '../value/id.ts'
import { Instant } from '../value/instant.ts'
import { listOf } from '../value/list.ts'
import { Period } from '../value/period.ts'
import { assignmentLimit } from './holding.ts'

/**
 * The credits of a plan. Without `period`, a team receives the amount once, when the team is first put on the plan. With
 * `period`, the amount is an allowance: the wallet of a metered team on the plan receives it in every period.
 */
export const PlanCredits = z.strictObject({
  /** The amount in credits: a decimal string above zero with at most nine decimals, as in `12.5`. */
  amount: PositiveCreditText,
  /** The calendar period of an allowance. Default: the credits come once. */
  period: Period.optional(),
})
export interface PlanCredits extends Immutable<z.infer<typeof PlanCredits>> {}

/**
 * A named tier for teams. A team on a plan has the access groups that the plan currently lists. The plan's credits come
 * to each team once, or in every period for as long as the team is on the plan.
 */
export const Plan = z.strictObject({
  id: Id,
  name: Label.optional(),
  accessGroups: listOf(AccessGroupId, assignmentLimit),
  credits: PlanCredits.optional(),
  createdAt: Instant,
})
export interface Plan extends Immutable<z.infer<typeof Plan>> {}
