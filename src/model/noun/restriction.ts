import type { Immutable } from 'immer'
import * as z from 'zod'
import { Id, Label } from '../value/id.ts'
import { Instant } from '../value/instant.ts'
import type { MembershipReference, Principal } from '../value/principal.ts'
import { Selector } from '../value/selector.ts'
import { Window } from '../value/window.ts'

/**
 * The subject of a restriction: a principal, a user whenever it calls on behalf of one team (`member`), the requests
 * with one credential, all teams and virtual accounts of an organization, or everyone. The subject `member` is valid
 * while the user and the team exist, even if the user is not in the team.
 */
export const RestrictionSubject: z.ZodType<RestrictionSubject> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('user'), id: Id }),
  z.strictObject({ type: z.literal('team'), id: Id }),
  z.strictObject({ type: z.literal('virtualAccount'), id: Id }),
  z.strictObject({ type: z.literal('credential'), id: Id }),
  z.strictObject({ type: z.literal('member'), team: Id, user: Id }),
  z.strictObject({ type: z.literal('organization'), id: Id }),
  z.strictObject({ type: z.literal('everyone') }),
])
export type RestrictionSubject =
  | Principal
  | { readonly type: 'credential'; readonly id: Id }
  | MembershipReference
  | { readonly type: 'organization'; readonly id: Id }
  | { readonly type: 'everyone' }

/** An explicit deny, in force only during `window`. A restriction in force overrides every grant. */
export const Restriction = z.strictObject({
  id: Id,
  subject: RestrictionSubject,
  selector: Selector,
  window: Window,
  note: Label.optional(),
  createdAt: Instant,
})
export interface Restriction extends Immutable<z.infer<typeof Restriction>> {}
