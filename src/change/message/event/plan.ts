import type { Immutable } from 'immer'
import { z } from 'zod'
import { PositiveCreditText } from '../../../model/value/credit.ts'
import { AccessGroupId, Id, Label } from '../../../model/value/id.ts'
import { type Envelope, message } from '../envelope.ts'

/** A plan was created. */
export const PlanCreated = message('PlanCreated', {
  plan: Id,
  name: Label.optional(),
  accessGroups: z.array(AccessGroupId),
  credits: PositiveCreditText.optional(),
})
export interface PlanCreated extends Envelope, Immutable<z.infer<typeof PlanCreated>> {}

/** The given fields changed; `null` removed a field. */
export const PlanUpdated = message('PlanUpdated', {
  plan: Id,
  name: Label.nullable().optional(),
  accessGroups: z.array(AccessGroupId).optional(),
  credits: PositiveCreditText.nullable().optional(),
})
export interface PlanUpdated extends Envelope, Immutable<z.infer<typeof PlanUpdated>> {}

/** A plan was deleted, and its teams were taken off it. */
export const PlanDeleted = message('PlanDeleted', { plan: Id })
export interface PlanDeleted extends Envelope, Immutable<z.infer<typeof PlanDeleted>> {}
