import type { Immutable } from 'immer'
import { z } from 'zod'
import { RestrictionSubject } from '../../../model/noun/restriction.ts'
import { Id, Label } from '../../../model/value/id.ts'
import { Selector } from '../../../model/value/selector.ts'
import { envelope, windowEnds } from '../envelope.ts'

/** Denies what the selector selects to whom the subject names, in a window of time. */
export const CreateRestriction = z.strictObject({
  type: z.literal('CreateRestriction'),
  ...envelope,
  restriction: Id,
  subject: RestrictionSubject,
  selector: Selector,
  ...windowEnds,
  note: Label.optional(),
})
export type CreateRestriction = Immutable<z.infer<typeof CreateRestriction>>

/** Lifts a restriction. */
export const DeleteRestriction = z.strictObject({
  type: z.literal('DeleteRestriction'),
  ...envelope,
  restriction: Id,
})
export type DeleteRestriction = Immutable<z.infer<typeof DeleteRestriction>>
