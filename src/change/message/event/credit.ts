import type { Immutable } from 'immer'
import { z } from 'zod'
import { PositiveCreditText } from '../../../model/value/credit.ts'
import { Id } from '../../../model/value/id.ts'
import { Instant } from '../../../model/value/instant.ts'
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
})
export interface CreditsAllocated extends Envelope, Immutable<z.infer<typeof CreditsAllocated>> {}
