import type { Immutable } from 'immer'
import { z } from 'zod'
import { PositiveCreditText } from '../../../model/value/credit.ts'
import { Id } from '../../../model/value/id.ts'
import { Instant } from '../../../model/value/instant.ts'
import { Incarnation } from '../../../model/value/status.ts'
import { envelope } from '../envelope.ts'

/** Credits for a wallet. The state holds no amounts: whoever keeps the ledger books this, once, under the event's version. */
export const CreditsAllocated = z.strictObject({
  type: z.literal('CreditsAllocated'),
  ...envelope,
  wallet: z.strictObject({ type: z.enum(['user', 'team', 'virtualAccount']), id: Id, incarnation: Incarnation }),
  amount: PositiveCreditText,
  expiresAt: Instant.optional(),
})
export type CreditsAllocated = Immutable<z.infer<typeof CreditsAllocated>>
