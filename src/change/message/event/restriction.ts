import type { Immutable } from 'immer'
import { z } from 'zod'
import { RestrictionSubject } from '../../../model/noun/restriction.ts'
import { Id, Label } from '../../../model/value/id.ts'
import { Selector } from '../../../model/value/selector.ts'
import { Window } from '../../../model/value/window.ts'
import { envelope } from '../envelope.ts'

/** Something is denied to somebody. */
export const RestrictionCreated = z.strictObject({
  type: z.literal('RestrictionCreated'),
  ...envelope,
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
  ...envelope,
  restriction: Id,
})
export type RestrictionDeleted = Immutable<z.infer<typeof RestrictionDeleted>>
