import type { Immutable } from 'immer'
import type { z } from 'zod'
import { assignmentLimit } from '../../../model/noun/holding.ts'
import { PlanCredits } from '../../../model/noun/plan.ts'
import { AccessGroupId, Id, Label } from '../../../model/value/id.ts'
import { listOf } from '../../../model/value/list.ts'
import { type Envelope, message } from '../envelope.ts'

/** A plan was created. */
export const PlanCreated = message('PlanCreated', {
  plan: Id,
  name: Label.optional(),
  accessGroups: listOf(AccessGroupId, assignmentLimit),
  credits: PlanCredits.optional(),
})
export interface PlanCreated extends Envelope, Immutable<z.infer<typeof PlanCreated>> {}

/**
 * The given fields of a plan changed. A field that is `null` was removed. Later events, if any, set the allowances of
 * the teams on the plan.
 */
export const PlanUpdated = message('PlanUpdated', {
  plan: Id,
  name: Label.nullable().optional(),
  accessGroups: listOf(AccessGroupId, assignmentLimit).optional(),
  credits: PlanCredits.nullable().optional(),
})
export interface PlanUpdated extends Envelope, Immutable<z.infer<typeof PlanUpdated>> {}

/**
 * A plan was deleted, and every team on the plan was taken off the plan. Later events, if any, end the teams'
 * allowances.
 */
export const PlanDeleted = message('PlanDeleted', { plan: Id })
export interface PlanDeleted extends Envelope, Immutable<z.infer<typeof PlanDeleted>> {}
