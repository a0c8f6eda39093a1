import type { Immutable } from 'immer'
import type { z } from 'zod'
import { RestrictionSubject } from '../../../model/noun/restriction.ts'
import { Id, Label } from '../../../model/value/id.ts'
import { Selector } from '../../../model/value/selector.ts'
import { Window } from '../../../model/value/window.ts'
import { type Envelope, message } from '../envelope.ts'

/** A restriction was created. */
export const RestrictionCreated = message('RestrictionCreated', {
  restriction: Id,
  subject: RestrictionSubject,
  selector: Selector,
  window: Window,
  note: Label.optional(),
})
export interface RestrictionCreated extends Envelope, Immutable<z.infer<typeof RestrictionCreated>> {}

/**
 * A restriction was deleted, by a command or along with a subject, alias, model or account that the restriction names.
 */
export const RestrictionDeleted = message('RestrictionDeleted', { restriction: Id })
export interface RestrictionDeleted extends Envelope, Immutable<z.infer<typeof RestrictionDeleted>> {}
