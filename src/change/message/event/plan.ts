import type { Immutable } from 'immer'
import { z } from 'zod'
import { PositiveCreditText } from '../../../model/value/credit.ts'
import { AccessGroupId, Id, Label } from '../../../model/value/id.ts'
import { envelope } from '../envelope.ts'

/** A plan was made. */
export const PlanCreated = z.strictObject({
  type: z.literal('PlanCreated'),
  ...envelope,
  plan: Id,
  name: Label.optional(),
  accessGroups: z.array(AccessGroupId),
  credits: PositiveCreditText.optional(),
})
export type PlanCreated = Immutable<z.infer<typeof PlanCreated>>

/** What is given changed; `null` cleared. */
export const PlanUpdated = z.strictObject({
  type: z.literal('PlanUpdated'),
  ...envelope,
  plan: Id,
  name: Label.nullable().optional(),
  accessGroups: z.array(AccessGroupId).optional(),
  credits: PositiveCreditText.nullable().optional(),
})
export type PlanUpdated = Immutable<z.infer<typeof PlanUpdated>>

/** A plan is gone, and no team is on it. */
export const PlanDeleted = z.strictObject({ type: z.literal('PlanDeleted'), ...envelope, plan: Id })
export type PlanDeleted = Immutable<z.infer<typeof PlanDeleted>>
