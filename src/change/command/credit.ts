import type { Immutable } from 'immer'
import { z } from 'zod'
import { PositiveCreditText } from '../../model/credit.ts'
import { Instant } from '../../model/instant.ts'
import { Principal } from '../../model/principal.ts'
import { heading } from '../heading.ts'

/** Adds credits to the wallet of a metered principal, usable until `expiresAt`. */
export const AllocateCredits = z.strictObject({
  type: z.literal('AllocateCredits'),
  ...heading,
  principal: Principal,
  amount: PositiveCreditText,
  expiresAt: Instant.optional(),
})
export type AllocateCredits = Immutable<z.infer<typeof AllocateCredits>>
