import type { Immutable } from 'immer'
import { z } from 'zod'
import { Id, Label } from '../../model/id.ts'
import { RestrictionSubject } from '../../model/restriction.ts'
import { Selector } from '../../model/selector.ts'
import { Window } from '../../model/window.ts'
import { heading } from '../heading.ts'

/** Something is denied to somebody. */
export const RestrictionCreated = z.strictObject({
  type: z.literal('RestrictionCreated'),
  ...heading,
  restriction: Id,
  subject: RestrictionSubject,
  selector: Selector,
  window: Window,
  note: Label.optional(),
})
export type RestrictionCreated = Immutable<z.infer<typeof RestrictionCreated>>

/** A restriction is lifted, or gone with what it was about. */
export const RestrictionDeleted = z.strictObject({
  type: z.literal('RestrictionDeleted'),
  ...heading,
  restriction: Id,
})
export type RestrictionDeleted = Immutable<z.infer<typeof RestrictionDeleted>>
