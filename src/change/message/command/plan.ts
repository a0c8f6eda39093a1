import type { Immutable } from 'immer'
import { z } from 'zod'
import { PositiveCreditText } from '../../../model/value/credit.ts'
import { AccessGroupId, Id, Label } from '../../../model/value/id.ts'
import { envelope, listOf } from '../envelope.ts'

/** Makes a plan: access groups that its teams have by reference, and credits that a team gets when it is put on it. */
export const CreatePlan = z.strictObject({
  type: z.literal('CreatePlan'),
  ...envelope,
  plan: Id,
  name: Label.optional(),
  accessGroups: listOf(AccessGroupId),
  credits: PositiveCreditText.optional(),
})
export type CreatePlan = Immutable<z.infer<typeof CreatePlan>>

/** Changes what is given; `name: null` and `credits: null` clear. Teams on the plan have its new groups at once, and no new credits. */
export const UpdatePlan = z.strictObject({
  type: z.literal('UpdatePlan'),
  ...envelope,
  plan: Id,
  name: Label.nullable().optional(),
  accessGroups: listOf(AccessGroupId).optional(),
  credits: PositiveCreditText.nullable().optional(),
})
export type UpdatePlan = Immutable<z.infer<typeof UpdatePlan>>

/** Deletes a plan; refused while teams are on it, which `cascade` takes off. */
export const DeletePlan = z.strictObject({
  type: z.literal('DeletePlan'),
  ...envelope,
  plan: Id,
  cascade: z.boolean().optional(),
})
export type DeletePlan = Immutable<z.infer<typeof DeletePlan>>
