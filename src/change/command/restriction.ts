import type { Immutable } from 'immer'
import { z } from 'zod'
import { Id, Label } from '../../model/id.ts'
import { RestrictionSubject } from '../../model/restriction.ts'
import { Selector } from '../../model/selector.ts'
import { heading, windowEnds } from '../heading.ts'

/** Denies what the selector selects to whom the subject names, in a window of time. */
export const CreateRestriction = z.strictObject({
  type: z.literal('CreateRestriction'),
  ...heading,
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
  ...heading,
  restriction: Id,
})
export type DeleteRestriction = Immutable<z.infer<typeof DeleteRestriction>>
