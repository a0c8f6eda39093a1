import type { Immutable } from 'immer'
import type { z } from 'zod'
import { assignmentLimit } from '../../../model/noun/holding.ts'
import { PositiveCreditText } from '../../../model/value/credit.ts'
import { AccessGroupId, Id, Label } from '../../../model/value/id.ts'
import { listOf } from '../../../model/value/list.ts'
import { type Envelope, message } from '../envelope.ts'

/** A plan was created. */
export const PlanCreated = message('PlanCreated', {
  plan: Id,
  name: Label.optional(),
  accessGroups: listOf(AccessGroupId, assignmentLimit),
  credits: PositiveCreditText.optional(),
})
export interface PlanCreated extends Envelope, Immutable<z.infer<typeof PlanCreated>> {}

/** The given fields of a plan changed. A field that is `null` was removed. */
export const PlanUpdated = message('PlanUpdated', {
  plan: Id,
  name: Label.nullable().optional(),
  accessGroups: listOf(AccessGroupId, assignmentLimit).optional(),
  credits: PositiveCreditText.nullable().optional(),
})
export interface PlanUpdated extends Envelope, Immutable<z.infer<typeof PlanUpdated>> {}

/** A plan was deleted, and every team on the plan was taken off the plan. */
export const PlanDeleted = message('PlanDeleted', { plan: Id })
export interface PlanDeleted extends Envelope, Immutable<z.infer<typeof PlanDeleted>> {}
