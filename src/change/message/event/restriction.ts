import type { Immutable } from 'immer'
import type { z } from 'zod'
import { RestrictionSubject } from '../../../model/noun/restriction.ts'
import { Id, Label } from '../../../model/value/id.ts'
import { Selector } from '../../../model/value/selector.ts'
import { Window } from '../../../model/value/window.ts'
import { type Envelope, message } from '../envelope.ts'

/** Something is denied to somebody. */
export const RestrictionCreated = message('RestrictionCreated', {
  restriction: Id,
  subject: RestrictionSubject,
  selector: Selector,
  window: Window,
  note: Label.optional(),
})
export interface RestrictionCreated extends Envelope, Immutable<z.infer<typeof RestrictionCreated>> {}

/** A restriction is lifted, or gone with what it was about. */
export const RestrictionDeleted = message('RestrictionDeleted', { restriction: Id })
export interface RestrictionDeleted extends Envelope, Immutable<z.infer<typeof RestrictionDeleted>> {}
