import type { Immutable } from 'immer'
import { z } from 'zod'
import { PositiveCreditText } from '../../../model/value/credit.ts'
import { Instant } from '../../../model/value/instant.ts'
import { Principal } from '../../../model/value/principal.ts'
import { envelope } from '../envelope.ts'

/** Adds credits to the wallet of a metered principal, usable until `expiresAt`. */
export const AllocateCredits = z.strictObject({
  type: z.literal('AllocateCredits'),
  ...envelope,
  principal: Principal,
  amount: PositiveCreditText,
  expiresAt: Instant.optional(),
})
export type AllocateCredits = Immutable<z.infer<typeof AllocateCredits>>
