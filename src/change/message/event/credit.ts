import type { Immutable } from 'immer'
import * as z from 'zod'
import { CreditText, PositiveCreditText } from '../../../model/value/credit.ts'
import { Id } from '../../../model/value/id.ts'
import { Instant } from '../../../model/value/instant.ts'
import { Period } from '../../../model/value/period.ts'
import { Incarnation } from '../../../model/value/status.ts'
import { type Envelope, message } from '../envelope.ts'

/**
 * Credits were allocated to a wallet. The state holds no amounts: the host grants the credits in the ledger, once for
 * each event (identified by its version).
 */
export const CreditsAllocated = message('CreditsAllocated', {
  wallet: z.strictObject({ type: z.enum(['user', 'team', 'virtualAccount']), id: Id, incarnation: Incarnation }),
  amount: PositiveCreditText,
  expiresAt: Instant.optional(),
  /** The plan that brings the credits to the team. The plan brings the team no one-time credits again. Absent if no plan does. */
  plan: Id.optional(),
})
export interface CreditsAllocated extends Envelope, Immutable<z.infer<typeof CreditsAllocated>> {}

/**
 * The allowance that a team's plan gives to the team's wallet was set, replaced or ended. The last event of a wallet
 * holds until the next one. The state does not count periods: the host puts the allowance in the ledger, once for each
 * event (identified by its version), in the order of the events.
 */
export const AllowanceSet = message('AllowanceSet', {
  /** The wallet of the team. The team may be unmetered or deleted when the event ends the allowance. */
  wallet: z.strictObject({ type: z.literal('team'), id: Id, incarnation: Incarnation }),
  /** The id of the allowance in the ledger, the same for every plan, so that one plan's allowance replaces another's. */
  allowance: z.literal('plan'),
  /** The credits in each period. Zero ends the allowance: what came stays until its period ends, and no more comes. */
  amount: CreditText,
  /** The calendar of the allowance. If `amount` is zero, the calendar that the allowance had. */
  period: Period,
})
export interface AllowanceSet extends Envelope, Immutable<z.infer<typeof AllowanceSet>> {}
