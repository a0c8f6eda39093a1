import type { Immutable } from 'immer'
import * as z from 'zod'
import { PlanCredits } from '../../../model/noun/plan.ts'
import { AccessGroupId, Id, Label } from '../../../model/value/id.ts'
import { listOf } from '../../../model/value/list.ts'
import { KnownPeriod } from '../../../model/value/period.ts'
import { type Envelope, listLimit, message } from '../envelope.ts'

/** The credits of a plan in a command. This runtime must know the time zone of the period. */
const Credits = PlanCredits.extend({ period: KnownPeriod.optional() })

/** Creates a plan. Teams on the plan have the plan's access groups, and receive the plan's credits. */
export const CreatePlan = message('CreatePlan', {
  /** The id of the new plan: 1 to 256 printable characters, unique among plans. */
  plan: Id,
  /** A display name of at most 1,024 characters. Default: none. */
  name: Label.optional(),
  /** The access groups that the teams on the plan have: at most 10,000. */
  accessGroups: listOf(AccessGroupId, listLimit),
  /**
   * The credits of the plan. `{ amount }` comes to a team once, when the team is first put on the plan. `{ amount,
   * period }` is an allowance in each period, for metered teams on the plan. Default: none.
   */
  credits: Credits.optional(),
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
  /**
   * New credits; `null` removes the credits. One-time credits come only to teams that are put on the plan later and have
   * not received credits of this plan. An allowance changes for every metered team on the plan.
   *
   * Default: unchanged.
   */
  credits: Credits.nullable().optional(),
})
export interface UpdatePlan extends Envelope, Immutable<z.infer<typeof UpdatePlan>> {}

/**
 * Deletes a plan. The allowances of its teams end. A plan created again under the id is another plan, and brings its
 * credits to every team again.
 */
export const DeletePlan = message('DeletePlan', {
  /** The id of the plan to delete. */
  plan: Id,
  /** `true` takes every team off the plan. Default: `false`, which rejects the command while a team is on the plan. */
  cascade: z.boolean().optional(),
})
export interface DeletePlan extends Envelope, Immutable<z.infer<typeof DeletePlan>> {}
