import type { Immutable } from 'immer'
import type { z } from 'zod'
import { PositiveCreditText } from '../../../model/value/credit.ts'
import { Instant } from '../../../model/value/instant.ts'
import { Principal } from '../../../model/value/principal.ts'
import { type Envelope, message } from '../envelope.ts'

/** Allocates credits to the wallet of a metered principal. */
export const AllocateCredits = message('AllocateCredits', {
  /** The principal whose wallet receives the credits. The principal must be metered. */
  principal: Principal,
  /** The amount in credits: a decimal string above zero with at most nine decimals, as in `12.5`. */
  amount: PositiveCreditText,
  /**
   * The instant from which the credits can no longer be spent, in epoch milliseconds, later than `at`. Default: never.
   */
  expiresAt: Instant.optional(),
})
export interface AllocateCredits extends Envelope, Immutable<z.infer<typeof AllocateCredits>> {}
