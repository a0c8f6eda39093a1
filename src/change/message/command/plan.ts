import type { Immutable } from 'immer'
import { z } from 'zod'
import { PositiveCreditText } from '../../../model/value/credit.ts'
import { AccessGroupId, Id, Label } from '../../../model/value/id.ts'
import { listOf } from '../../../model/value/list.ts'
import { type Envelope, listLimit, message } from '../envelope.ts'

/**
 * Creates a plan. Teams on the plan have the plan's access groups. A team receives the plan's credits when the team is
 * put on the plan.
 */
export const CreatePlan = message('CreatePlan', {
  /** The id of the new plan: 1 to 256 printable characters, unique among plans. */
  plan: Id,
  /** A display name of at most 1,024 characters. Default: none. */
  name: Label.optional(),
  /** The access groups that the teams on the plan have: at most 10,000. */
  accessGroups: listOf(AccessGroupId, listLimit),
  /** The credits that a team receives when the team is put on the plan: a decimal string above zero. Default: none. */
  credits: PositiveCreditText.optional(),
})
export interface CreatePlan extends Envelope, Immutable<z.infer<typeof CreatePlan>> {}

/** Changes the given fields of a plan. Omitted fields keep their values. */
export const UpdatePlan = message('UpdatePlan', {
  /** The id of the plan to change. */
  plan: Id,
  /** A new display name of at most 1,024 characters; `null` removes the name. Default: unchanged. */
  name: Label.nullable().optional(),
  /**
   * A new list of at most 10,000 access groups, with immediate effect for every team on the plan. Default: unchanged.
   */
  accessGroups: listOf(AccessGroupId, listLimit).optional(),
  /** New credits for teams that are put on the plan later; `null` removes the credits. Default: unchanged. */
  credits: PositiveCreditText.nullable().optional(),
})
export interface UpdatePlan extends Envelope, Immutable<z.infer<typeof UpdatePlan>> {}

/** Deletes a plan. */
export const DeletePlan = message('DeletePlan', {
  /** The id of the plan to delete. */
  plan: Id,
  /** `true` takes every team off the plan. Default: `false`, which rejects the command while a team is on the plan. */
  cascade: z.boolean().optional(),
})
export interface DeletePlan extends Envelope, Immutable<z.infer<typeof DeletePlan>> {}
