import { Priority } from '../../read-request.ts'
import type { Lot } from '../../storage/account.ts'
import { id, instant, instantOrNever, oneOf, optional, plain, sum, tags } from './field.ts'
import { recordOf } from './record.ts'

/**
 * An exported lot (a grant or allowance period). The lots of a wallet follow the wallet record, in order of creation. A
 * lot without entries is exported only while it is scheduled.
 */
export type ExportedLot = Readonly<Omit<Lot, 'account' | 'order' | 'isOpen'>>

export const lotRecord = recordOf<ExportedLot>('lot', {
  grant: id,
  period: optional(instant),
  kind: oneOf(['paid', 'promotional', 'adjustment', 'allowance', 'refund']),
  priority: plain(Priority),
  effectiveAt: instant,
  expiresAt: instantOrNever,
  only: tags,
  state: oneOf(['scheduled', 'live', 'expired', 'revoked']),
  amount: sum,
  available: sum,
  reserved: sum,
})
