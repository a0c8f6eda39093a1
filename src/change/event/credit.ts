import type { Immutable } from 'immer'
import { z } from 'zod'
import { PositiveCreditText } from '../../model/credit.ts'
import { Id } from '../../model/id.ts'
import { Instant } from '../../model/instant.ts'
import { Incarnation } from '../../model/status.ts'
import { heading } from '../heading.ts'

/** Credits for a wallet. The state holds no amounts: whoever keeps the ledger books this, once, under the event's version. */
export const CreditsAllocated = z.strictObject({
  type: z.literal('CreditsAllocated'),
  ...heading,
  wallet: z.strictObject({ type: z.enum(['user', 'team', 'virtualAccount']), id: Id, incarnation: Incarnation }),
  amount: PositiveCreditText,
  expiresAt: Instant.optional(),
})
export type CreditsAllocated = Immutable<z.infer<typeof CreditsAllocated>>
